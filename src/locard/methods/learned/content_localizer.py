"""The localizer with the frozen backbone: `trace-net`'s map, and what the backbone sees in it.

A head (`locard.nets.content`) reads the patches' tokens of windows at full resolution beside the
localizer's maps there, and answers for both. Windows overlap and fade into each other; what a patch
is compared with is the median over a few windows spread over the picture.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from locard.exhibit import Exhibit
from locard.inference import open_session
from locard.methods.contract import (
    Cost,
    Finding,
    GridMap,
    Need,
    Question,
    Status,
    method,
    not_applicable,
)
from locard.methods.learned import localizer
from locard.methods.learned.backbone import (
    RGB,
    SIDE,
    BackboneError,
    Floats,
    Tokens,
    find_backbone,
    open_tokens,
)
from locard.methods.learned.localizer import CELL, MARKED, Seen

_ASSET = "content-net.onnx"
# Blocks that the head reads, early ones: what is drawn how, more than what is shown.
BLOCKS = (2, 5, 8)
_CELLS = SIDE // CELL
# Windows begin so many pixels after each other at most, and share a quarter; in pictures of more
# than so many windows hardly anything.
_STEP = 168
_MANY = 64
# Most windows that are looked at, each a twentieth of a second and more: those where the localizer
# saw most, and others spread over the picture. Elsewhere its map stays.
_MOST = 320
# Windows whose median is what a patch is compared with, at most.
_REFERENCES = 12
# Cells at the border of a window over which it fades.
_FADE = 16
# Log odds beyond this are as good as certain.
_CERTAIN = 7.0

# Tokens, N × 196 × channels, reference, N × C, heat and trust in log odds, N × 56 × 56, to heat and
# trust in probabilities, and the tokens that a reference is the median of.
Head = Callable[[Floats, Floats, Floats, Floats], tuple[Floats, Floats, Floats]]


def log_odds(probability: Floats) -> Floats:
    """ln(p / (1 - p)), at most 7 either way."""
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.clip(np.log(p / (1 - p)), -_CERTAIN, _CERTAIN), np.float32)


def median(tokens: Floats) -> Floats:
    """The lower median over patches, as the head's own: T × C to C."""
    middle = (len(tokens) - 1) // 2
    return np.asarray(np.partition(tokens, middle, axis=0)[middle], np.float32)


@dataclass(frozen=True, slots=True)
class _Window:
    top: int
    left: int

    def cut(self, plane: Any, cell: int = 1) -> Any:
        rows, cols = (slice(at // cell, (at + SIDE) // cell) for at in (self.top, self.left))
        return np.ascontiguousarray(plane[rows, cols])


def _windows(height: int, width: int) -> list[_Window]:
    """Windows that cover a picture of at least 224 pixels a side, on multiples of 8."""

    def starts(side: int, step: int) -> list[int]:
        count = -(-(side - SIDE) // step) + 1
        return [int(at) // 8 * 8 for at in np.linspace(0, -(-(side - SIDE) // 8) * 8, count)]

    for step in (_STEP, SIDE - 8):
        found = [_Window(y, x) for y in starts(height, step) for x in starts(width, step)]
        if len(found) <= _MANY:
            break
    return found


def _spread(windows: list[_Window], most: int) -> list[_Window]:
    """At most so many of the windows of a grid, spread over both of its sides."""
    tops, lefts = sorted({w.top for w in windows}), sorted({w.left for w in windows})
    rows = max(1, min(most, round((most * len(tops) / len(lefts)) ** 0.5)))
    chosen = (
        {side[round(at)] for at in np.linspace(0, len(side) - 1, min(many, len(side)))}
        for side, many in ((tops, rows), (lefts, max(1, most // rows)))
    )
    down, across = chosen
    return [w for w in windows if w.top in down and w.left in across]


def read_tokens(rgb: RGB, read: Tokens) -> Floats:
    """The tokens of a window's patches in all blocks that are read: 196 × channels."""
    return np.concatenate([tokens[1:] for tokens in read(rgb)], axis=1)


def _padded(plane: Any, cell: int) -> Any:
    """A plane whose sides are those of the windows and multiples of 8 pixels, mirrored beyond."""
    rows, cols = (max(SIDE // cell, -(-n // (8 // cell)) * (8 // cell)) for n in plane.shape[:2])
    below, beside = rows - plane.shape[0], cols - plane.shape[1]
    if not below and not beside:
        return plane
    return np.asarray(cv2.copyMakeBorder(plane, 0, below, 0, beside, cv2.BORDER_REFLECT))


def look(rgb: RGB, before: Seen, read: Tokens, head: Head, channels: int) -> Seen:
    """Look again at a picture that the localizer has seen.

    Args:
        rgb: uint8, height × width × 3, on the stored pixel grid.
        before: what the localizer says; its integrity is kept.
        channels: of the head's reference.
    """
    picture = _padded(rgb, 1)
    maps = [log_odds(_padded(plane, CELL)) for plane in (before.heat, before.trust)]
    windows = _windows(*picture.shape[:2])
    references = _spread(windows, _REFERENCES)
    if len(windows) > _MOST:
        others = set(_spread(windows, _MOST // 2))
        by_heat = sorted(windows, key=lambda w: -float(w.cut(maps[0], CELL).max()))
        windows = [*others, *(w for w in by_heat if w not in others)][:_MOST]
    blank = np.zeros((1, _CELLS, _CELLS), np.float32)

    def tokens_of(window: _Window) -> Floats:
        return read_tokens(window.cut(picture), read)

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        kept = dict(zip(references, pool.map(tokens_of, references), strict=True))
        nothing = np.zeros((1, channels), np.float32)
        seen = [head(found[None], nothing, blank, blank)[2][0] for found in kept.values()]
        reference = median(np.concatenate(seen))[None]

        def answer(window: _Window) -> tuple[Floats, Floats]:
            found = kept[window] if window in kept else tokens_of(window)
            heat, trust = (window.cut(plane, CELL)[None] for plane in maps)
            heat, trust, _ = head(found[None], reference, heat, trust)
            return heat[0], trust[0]

        return _joined(windows, pool.map(answer, windows), before)


def _joined(
    windows: Sequence[_Window], answers: Iterable[tuple[Floats, Floats]], before: Seen
) -> Seen:
    """Maps of the size of the localizer's, which stay where no window lies."""
    shape = tuple(
        max(n, *(at // CELL + _CELLS for at in starts))
        for n, starts in zip(
            before.heat.shape, zip(*((w.top, w.left) for w in windows), strict=True), strict=True
        )
    )
    heat, trust, weight = (np.zeros(shape, np.float32) for _ in range(3))
    ramp = np.minimum(np.arange(_CELLS), np.arange(_CELLS)[::-1]) + 1
    fade = np.minimum(ramp / _FADE, 1.0).astype(np.float32)
    square = np.outer(fade, fade)
    for window, (hot, sure) in zip(windows, answers, strict=True):
        to = tuple(slice(at // CELL, at // CELL + _CELLS) for at in (window.top, window.left))
        heat[to] += square * hot
        trust[to] += square * sure
        weight[to] += square
    kept = tuple(slice(n) for n in before.heat.shape)
    total = np.maximum(weight[kept], 1e-6)
    looked = weight[kept] > 0
    return Seen(
        np.where(looked, heat[kept] / total, before.heat),
        np.where(looked, trust[kept] / total, before.trust),
        before.integrity,
    )


def open_head(file: Path) -> tuple[Head, int]:
    """Open an exported head; returns it and the channels of its reference."""
    session = open_session(file)
    outputs = ["heatmap", "reliability", "projected"]

    def head(tokens: Floats, reference: Floats, heat: Floats, trust: Floats) -> Any:
        given = {"tokens": tokens, "reference": reference, "heat": heat, "trust": trust}
        return session.run(outputs, given)

    return head, next(int(i.shape[1]) for i in session.get_inputs() if i.name == "reference")


@lru_cache(maxsize=1)
def _shipped() -> tuple[Head, int]:
    with as_file(files("locard.assets") / _ASSET) as file:
        return open_head(file)


@method(
    name="content-net",
    title="Localizer with backbone",
    question=Question.EDITED,
    about="Looks for places that a frozen image network sees as unlike the rest of the photo, "
    "where traces are worn out.",
    source="own head, docs/models/localizer.md; after TruFor 2023, IML-ViT 2024",
    needs=[Need.COLOUR, Need.MIN_SIDE_128],
    cost=Cost.HEAVY,
    localizes=True,
    pixelwise=True,
    refines="trace-net",
)
def examine(exhibit: Exhibit) -> Finding:
    """Look again where the localizer looked, with the user's copy of the backbone."""
    try:
        read = open_tokens(find_backbone(), BLOCKS)
    except BackboneError as error:
        return not_applicable(str(error))
    before = localizer.seen(exhibit)
    seen = look(exhibit.rgb, before, read, *_shipped())
    marked = float((seen.heat >= MARKED).mean())
    what = f"{marked:.1%}" if marked else "no part"
    return Finding(
        Status.INFERRED,
        score=round(seen.score, 4),
        heatmap=GridMap(seen.heat, step=CELL),
        reliability=GridMap(seen.trust, step=CELL),
        says=f"A trained network and a frozen image network together mark {what} of the picture "
        "as unlike the rest of it.",
        facts={
            "marked_share": round(marked, 4),
            "marked_share_before": round(float((before.heat >= MARKED).mean()), 4),
            "highest": round(float(seen.heat.max()), 4),
        },
        limitations=(
            "trained on forgeries that an engine made; kinds of edits it has not seen may pass",
            "the image network also sees what is shown: a thing unlike all else may be marked",
        ),
        innocent=(
            "text, logos or frames that were added openly",
            "processing by the camera that differs over the photo (portrait blur, stitching)",
        ),
    )

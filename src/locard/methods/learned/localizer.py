"""The trained localizer at run time: full resolution, in tiles that know the whole picture.

The network (`locard.nets.localizer`) compares every place with tokens of its picture. A picture of
more than one tile is therefore looked at twice: first through a few windows spread over it, whose
tokens go with every tile, so that a tile that lies wholly inside an edit still knows what the rest
looks like. Tiles begin on multiples of 8 pixels, as crops in training do, so the block grid of the
file is where the network expects it.

An edit much larger than the crops of the training looks like a picture of its own. So a larger
picture is also glanced at: shrunk, where such an edit is small and its outline and light, not its
fine traces, tell it from the rest.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from locard.exhibit import Exhibit
from locard.inference import open_session
from locard.methods.contract import (
    Cost,
    Finding,
    FloatMap,
    GridMap,
    Need,
    Question,
    Status,
    method,
)

RGB = NDArray[np.uint8]

_ASSET = "trace-net.onnx"
# Sides of what the network takes are multiples of this; its maps come in cells of 4 pixels.
_MULTIPLE = 32
CELL = 4
# Pixels of the largest picture that is examined in one piece; the windows that several tiles need
# would cost more than tiles save.
_PIECE = 1_250_000
# Longest side of a tile, and what neighbours share, where one fades into the other.
_TILE = 1024
_SHARED = 64
# Windows that a picture of several tiles is looked at through first: side, and most of them.
_WINDOW = 256
_WINDOWS = 8
# Side of the crops of the training, for which the network's own log odds are meant.
_CROP = 256
# The hottest cells that count for the score: one in this many.
_HOTTEST = 100
# Pixels that a picture of at least twice as many is shrunk to for the glance, and the share of the
# glance in the log odds (docs/models/localizer.md).
_GLANCE = 250_000
_GLANCE_SHARE = 0.3
# Probabilities are kept this far from 0 and 1 before their log odds are taken.
_LEAST = 1e-4
# Heat from which a cell counts as marked.
MARKED = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the network says about a picture.

    Attributes:
        heat: float32, ⌈height / 4⌉ × ⌈width / 4⌉, 0 to 1: probability that a cell was edited.
        trust: same shape, 0 to 1: probability that the map is right there.
        integrity: log odds that something was edited, of the tile with the highest, less the
            logarithm of its size in crops of `_CROP` pixels: a sum over places grows with them.
        unglanced: the heat before the glance, where there was one.
    """

    heat: FloatMap
    trust: FloatMap
    integrity: float
    unglanced: FloatMap | None = None

    @property
    def score(self) -> float:
        """How strongly the picture as a whole looks edited, whatever its size.

        logit(h) + integrity / 2, with h the mean of the hottest hundredth of the cells: the map
        alone misses small edits, the integrity alone grows where content is unusual. At full size:
        a glance shows where an edit ends, and is less sure than a close look that there is one.
        """
        heat = self.heat if self.unglanced is None else self.unglanced
        count = max(1, heat.size // _HOTTEST)
        hottest = float(np.partition(heat.ravel(), heat.size - count)[-count:].mean())
        return float(_log_odds(hottest) + self.integrity / 2)


def _log_odds(heat: FloatMap | float) -> FloatMap:
    found: FloatMap = logit(np.clip(heat, _LEAST, 1 - _LEAST))
    return found


# uint8, 1 × H × W × 3, and tokens, 1 × T × C, to heat, trust (both 1 × 1 × H/4 × W/4), log odds (1)
# and tokens.
Network = Callable[[RGB, FloatMap], tuple[FloatMap, FloatMap, FloatMap, FloatMap]]


@dataclass(frozen=True, slots=True)
class Span:
    """Tiles along one side: their length and where they begin, in pixels."""

    length: int
    starts: tuple[int, ...]


def spans(side: int, longest: int = _TILE) -> Span:
    """Divide a side into tiles of equal length, a multiple of 32, that begin on multiples of 8.

    The last one may reach up to 31 pixels beyond the side.

    >>> spans(640), spans(1500)
    (Span(length=640, starts=(0,)), Span(length=800, starts=(0, 704)))
    """
    count = 1 if side <= longest else -(-(side - _SHARED) // (longest - _SHARED))
    length = -(-(side + (count - 1) * _SHARED) // count)
    length = -(-length // _MULTIPLE) * _MULTIPLE
    last = -(-max(0, side - length) // 8) * 8
    steps = np.linspace(0, last // 8, count)
    return Span(length, tuple(int(step) * 8 for step in steps))


def divide(height: int, width: int) -> tuple[Span, Span]:
    """Divide both sides of a picture; one of at most `_PIECE` pixels stays in one piece."""
    longest = max(height, width) if height * width <= _PIECE else _TILE
    return spans(height, longest), spans(width, longest)


def _cut(rgb: RGB, top: int, left: int, height: int, width: int) -> RGB:
    """A tile, 1 × height × width × 3, mirrored where it reaches beyond the picture."""
    tile = rgb[top : top + height, left : left + width]
    below, beside = height - tile.shape[0], width - tile.shape[1]
    if below or beside:
        tile = np.asarray(cv2.copyMakeBorder(tile, 0, below, 0, beside, cv2.BORDER_REFLECT))
    return np.ascontiguousarray(tile[None])


def _fade(span: Span) -> FloatMap:
    """Weights of a tile's cells along one side: they rise over what neighbours share."""
    cells = span.length // CELL
    from_edge = np.minimum(np.arange(cells), np.arange(cells)[::-1]) + 1
    return np.minimum(from_edge / (_SHARED / CELL), 1.0).astype(np.float32)


def _context(rgb: RGB, network: Network, channels: int) -> FloatMap:
    """Tokens of windows spread over the picture, on the grid of 8 pixels: 1 × T × C."""
    height, width = rgb.shape[:2]
    none = np.zeros((1, 0, channels), np.float32)
    rows = max(1, min(_WINDOWS, round((_WINDOWS * height / width) ** 0.5)))
    cols = max(1, _WINDOWS // rows)
    found = []
    for i in range(rows):
        for j in range(cols):
            top, left = (
                max(0, int((at + 0.5) * side / many - _WINDOW / 2)) // 8 * 8
                for at, side, many in ((i, height, rows), (j, width, cols))
            )
            found.append(network(_cut(rgb, top, left, _WINDOW, _WINDOW), none)[3])
    return np.concatenate(found, axis=1)


def look(rgb: RGB, network: Network, channels: int, glance: bool = True) -> Seen:
    """Examine a picture of any size with a network; memory for tiles does not grow with it.

        logit(heat) = 0.7 · logit(heat at full size) + 0.3 · logit(heat of the picture shrunk)

    Trust, integrity and score are those of full size, which is all there is of a picture of less
    than twice `_GLANCE` pixels.

    Args:
        rgb: uint8, height × width × 3, at least 32 pixels a side, on the stored pixel grid.
        channels: of the network's tokens.
        glance: whether a larger picture is looked at shrunk as well.
    """
    seen = _look_closely(rgb, network, channels)
    height, width = rgb.shape[:2]
    if not glance or height * width < 2 * _GLANCE:
        return seen
    scale = (_GLANCE / (height * width)) ** 0.5
    size = (max(_MULTIPLE, round(width * scale)), max(_MULTIPLE, round(height * scale)))
    shrunk = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    coarse = _log_odds(_look_closely(shrunk, network, channels).heat)
    fine = _log_odds(seen.heat)
    coarse = np.asarray(cv2.resize(coarse, fine.shape[::-1], interpolation=cv2.INTER_LINEAR))
    both = (1 - _GLANCE_SHARE) * fine + _GLANCE_SHARE * coarse
    return replace(seen, heat=np.asarray(expit(both), np.float32), unglanced=seen.heat)


def _look_closely(rgb: RGB, network: Network, channels: int) -> Seen:
    """Examine a picture at its own size, in one piece or in tiles."""
    height, width = rgb.shape[:2]
    down, across = divide(height, width)
    several = len(down.starts) * len(across.starts) > 1
    empty = np.zeros((1, 0, channels), np.float32)
    context = _context(rgb, network, channels) if several else empty
    shape = (
        (down.starts[-1] + down.length) // CELL,
        (across.starts[-1] + across.length) // CELL,
    )
    heat, trust, weight = (np.zeros(shape, np.float32) for _ in range(3))
    fade = _fade(down)[:, None] * _fade(across)[None, :]
    integrity = -np.inf
    crops = down.length * across.length / _CROP**2
    for top in down.starts:
        for left in across.starts:
            tile = _cut(rgb, top, left, down.length, across.length)
            hot, sure, edited, _ = network(tile, context)
            to = (
                slice(top // CELL, (top + down.length) // CELL),
                slice(left // CELL, (left + across.length) // CELL),
            )
            heat[to] += fade * hot[0, 0]
            trust[to] += fade * sure[0, 0]
            weight[to] += fade
            integrity = max(integrity, float(edited[0]) - float(np.log(crops)))
    kept = (slice(-(-height // CELL)), slice(-(-width // CELL)))
    return Seen(heat[kept] / weight[kept], trust[kept] / weight[kept], integrity)


def open_network(file: Path, threads: int = 0) -> tuple[Network, int]:
    """Open an exported network; returns it and the channels of its tokens.

    Args: threads: of ONNX Runtime; 0 takes one per processor, at most 4.
    """
    # Tiles come one after the other; waiting threads would only take time from other methods.
    session = open_session(file, threads=threads or min(4, os.cpu_count() or 1), spinning=False)
    names = ["heatmap", "reliability", "integrity", "tokens"]

    def network(rgb: RGB, context: FloatMap) -> Any:
        return session.run(names, {"rgb": rgb, "context": context})

    channels = next(int(i.shape[2]) for i in session.get_inputs() if i.name == "context")
    return network, channels


@lru_cache(maxsize=1)
def _shipped() -> tuple[Network, int]:
    with as_file(files("locard.assets") / _ASSET) as file:
        return open_network(file)


def seen(exhibit: Exhibit) -> Seen:
    """What the shipped network says about an exhibit; it is looked at once."""
    return exhibit.shared("localizer", lambda: look(exhibit.rgb, *_shipped()))


def probe(rgb: RGB) -> float:
    """Score of any picture of at least 32 pixels a side."""
    return look(rgb, *_shipped()).score


@method(
    name="trace-net",
    title="Trained localizer",
    question=Question.EDITED,
    about="A trained network looks for places whose traces differ from the rest of the photo.",
    source=(
        "own network, docs/models/localizer.md; after Bayar and Stamm 2018, CAT-Net 2022, "
        "TruFor 2023, NFA-ViT 2025"
    ),
    needs=[Need.MIN_SIDE_128],
    cost=Cost.NORMAL,
    localizes=True,
    pixelwise=True,
    probe=probe,
)
def examine(exhibit: Exhibit) -> Finding:
    """Run the shipped network over the whole picture."""
    found = seen(exhibit)
    marked = float((found.heat >= MARKED).mean())
    says = (
        f"A trained network marks {marked:.1%} of the picture as unlike the rest of it."
        if marked
        else "A trained network marks no part of the picture as unlike the rest of it."
    )
    return Finding(
        Status.INFERRED,
        score=round(found.score, 4),
        heatmap=GridMap(found.heat, step=CELL),
        reliability=GridMap(found.trust, step=CELL),
        says=says,
        facts={
            "marked_share": round(marked, 4),
            "highest": round(float(found.heat.max()), 4),
            "integrity": round(found.integrity, 3),
        },
        limitations=(
            "trained on forgeries that an engine made; kinds of edits it has not seen may pass",
            "strong recompression or shrinking after the edit wipes the traces out",
        ),
        innocent=(
            "text, logos or frames that were added openly",
            "processing by the camera that differs over the photo (portrait blur, stitching)",
        ),
    )

"""Blocks of a frozen image-language backbone: what a picture shows, and how it is drawn.

Heads on the blocks between the first and the last see texture that the last one has forgotten
(Koutlis and Papadopoulos, "Leveraging representations from intermediate encoder-blocks for
synthetic image detection", ECCV 2024).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from locard.exhibit import Exhibit
from locard.methods.contract import (
    Cost,
    FactValue,
    Finding,
    Need,
    Question,
    method,
    not_applicable,
)
from locard.methods.learned.backbone import (
    RGB,
    SIDE,
    BackboneError,
    Floats,
    find_backbone,
    open_tokens,
)
from locard.methods.learned.synthesis import Head
from locard.methods.learned.windows import Cues, finding_of, head_score, spread_windows

_ASSET = "synthesis-backbone.json"
# Blocks that heads read, counted from 0; every second one, of those past the first third.
BLOCKS = (5, 7, 9, 11)
# Score above the others from which a family is named, and the name where none is.
SURE = 1.0
UNKNOWN = "unknown"
# Score from which a case is called.
CALLED = 1.0


def open_backbone(file: Path | None, threads: int = 1) -> Cues:
    """Open the backbone; it reads uint8, 224 × 224 × 3, into one vector of 768 per cue.

    Cues are ``block-N-class`` (the class token) and ``block-N-mean`` (mean of the patches' tokens).

    Raises: BackboneError, as `open_tokens`.
    """
    read = open_tokens(file, BLOCKS, threads)

    def cues(rgb: RGB) -> dict[str, Floats]:
        found = {}
        for block, tokens in zip(BLOCKS, read(rgb), strict=True):
            found[f"block-{block}-class"] = tokens[0]
            found[f"block-{block}-mean"] = tokens[1:].mean(axis=0)
        return found

    return cues


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """What is asked of the backbone's cues; a score is the mean of a question's heads over cues.

    Attributes:
        generated: generated pictures against photos.
        processed: photos that an autoencoder rewrote against the photos.
        families: each family of generators against the others.
    """

    generated: Mapping[str, Head]
    processed: Mapping[str, Head]
    families: Mapping[str, Mapping[str, Head]]


@cache
def shipped_heads() -> Heads:
    """Read the heads that ship with the package."""
    data = json.loads(files("locard.assets").joinpath(_ASSET).read_text("utf-8"))

    def read(heads: Mapping[str, Any]) -> dict[str, Head]:
        return {cue: Head.from_json(head) for cue, head in heads.items()}

    families = {family: read(heads) for family, heads in data["families"].items()}
    return Heads(read(data["heads"]), read(data["processed"]), families)


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What the backbone's heads say about a picture.

    Attributes:
        windows: rows × columns of scores; higher = more like generated.
        processed: mean score over windows; higher = more like a photo that a network rewrote.
        families: mean score over windows by family.
    """

    windows: Floats
    processed: float
    families: Mapping[str, float]

    @property
    def family(self) -> str:
        """The family resembled most; `UNKNOWN` where none stands out, or a photo is likelier."""
        if float(self.windows.mean()) <= 0:
            return UNKNOWN
        best = max(self.families, key=lambda name: self.families[name], default=UNKNOWN)
        return best if self.families.get(best, 0.0) > SURE else UNKNOWN

    @property
    def case(self) -> str:
        """Which of three cases it resembles: "generated", "processed", "photo", or `UNKNOWN`."""
        score = float(self.windows.mean())
        if score >= CALLED:
            return "generated"
        if self.processed >= CALLED:
            return "processed"
        return "photo" if max(score, self.processed) <= 0 else UNKNOWN


def look(rgb: RGB, backbone: Cues, heads: Heads) -> Content:
    """Score up to twelve windows, spread over the picture.

    Args: rgb: uint8, height × width × 3, at least 224 pixels a side.
    """
    down, across = spread_windows(*rgb.shape[:2])
    windows = np.empty((len(down), len(across)), np.float32)
    processed = []
    families: dict[str, list[float]] = {name: [] for name in heads.families}
    for i, top in enumerate(down):
        for j, left in enumerate(across):
            window = rgb[top : top + SIDE, left : left + SIDE]
            cues = backbone(np.ascontiguousarray(window))
            windows[i, j] = head_score(cues, heads.generated)
            processed.append(head_score(cues, heads.processed))
            for name, found in families.items():
                found.append(head_score(cues, heads.families[name]))
    means = {name: float(np.mean(found)) for name, found in families.items()}
    return Content(windows, float(np.mean(processed)), means)


@method(
    name="synthesis-content",
    title="Image-language backbone",
    question=Question.GENERATED,
    about="Weighs what a frozen image-language network sees in its middle and last blocks.",
    source="own heads, docs/models/synthesis.md; Koutlis and Papadopoulos, RINE, ECCV 2024",
    needs=[Need.COLOUR, Need.MIN_SIDE_256],
    cost=Cost.HEAVY,
    localizes=True,
    refines="synthesis-appearance",
)
def examine(exhibit: Exhibit) -> Finding:
    """Score windows of the exhibit with the shipped heads on the user's copy of the backbone."""
    try:
        backbone = open_backbone(find_backbone())
    except BackboneError as error:
        return not_applicable(str(error))
    seen = look(exhibit.rgb, backbone, shipped_heads())
    facts: dict[str, FactValue] = {
        "resembles": seen.case,
        "processed_score": round(seen.processed, 3),
        "family": seen.family,
    }
    return finding_of(exhibit, seen.windows, "frozen image network", (), facts)

"""Traces of synthesis: linear heads on the cues of `synthesis_cues`, window by window.

Each head weighs one cue; their mean is the score of a window of 256 × 256 pixels, and the mean over
all windows, at full resolution, is the score of the picture. The heads are fitted by
`locard.train.synthesis` and lie, with the data they were fitted on, in ``locard/assets``.

Strong compression of colour makes a photo as smooth as what a generator draws, and noise hides what
either left. So the score is corrected for the quality of the file's own colour table, as measured
on pictures that were compressed so, and fades where neighbouring colours are noisier than any that
the heads were fitted on (after HiDA-Net, "No Pixel Left Behind", 2025: who knows the JPEG quality
does not mistake compression for synthesis).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import Exhibit
from locard.methods.container.jpeg_tables import qualities
from locard.methods.contract import (
    Cost,
    FactValue,
    Finding,
    FloatMap,
    GridMap,
    Need,
    Question,
    Status,
    method,
)
from locard.methods.learned.synthesis_cues import CELL, WINDOW, measure

RGB = NDArray[np.uint8]

_ASSET = "synthesis.json"
# Score of a window from which it counts as marked: the heads have unit spread over pictures.
MARKED = 1.0
# Pixels that noise is measured on, about, each with its neighbours.
_SAMPLED = 1_000_000
# Red difference of BT.601.
_RED = np.array([[0.5, -0.418688, -0.081312]], np.float32)
# Qualities of JPEG from which scores count in full, and to which they count least.
MILD, STRONG = 85, 75
# Noise of colours up to which they count in full, and from which not at all.
NOISY = (0.6, 1.2)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A linear score of one cue: values · weights + bias; higher = more like generated."""

    weights: NDArray[np.float32]
    bias: float

    def __call__(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Score values of any shape whose last axis is the cue's; returns the shape without it."""
        return np.asarray(values @ self.weights + np.float32(self.bias), np.float32)

    def to_json(self) -> dict[str, Any]:
        """Write with five digits, which changes no score by more than a thousandth."""
        return {
            "bias": float(f"{self.bias:.5g}"),
            "weights": [float(f"{w:.5g}") for w in self.weights],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Head:
        """Read what `to_json` wrote."""
        return cls(np.array(data["weights"], np.float32), float(data["bias"]))


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the heads say about a picture.

    Attributes:
        windows: rows × columns: score of each window, the mean of the heads.
        by_cue: mean over windows of each head's score.
    """

    windows: FloatMap
    by_cue: Mapping[str, float]

    @property
    def score(self) -> float:
        """Mean over windows."""
        return float(self.windows.mean())


def look(rgb: RGB, heads: Mapping[str, Head]) -> Seen:
    """Score every window of a picture.

    Args: rgb: uint8, height × width × 3, at least 128 pixels a side.
    """
    cues = measure(rgb, heads.keys())
    scores = {cue: head(cues.values[cue]) for cue, head in heads.items()}
    windows = np.asarray(np.mean(list(scores.values()), axis=0), np.float32)
    return Seen(windows, {cue: float(found.mean()) for cue, found in scores.items()})


def heat_of(scores: FloatMap) -> FloatMap:
    """Heat of windows, 0 to 1: one half where a window counts as marked."""
    return np.asarray(1 / (1 + np.exp(-2 * (scores - MARKED))), np.float32)


@cache
def read_heads(asset: str) -> Mapping[str, Head]:
    """Read heads that ship with the package."""
    data = json.loads(files("locard.assets").joinpath(asset).read_text("utf-8"))
    return {cue: Head.from_json(head) for cue, head in data["heads"].items()}


def shipped_heads() -> Mapping[str, Head]:
    """The heads of ``synthesis-traces``."""
    return read_heads(_ASSET)


@dataclass(frozen=True, slots=True)
class Fade:
    """How much scores count in a file that was compressed strongly, or is noisy.

        corrected = middle + share · (score - its middle)

    Attributes:
        middle: score that speaks for neither side where colours were compressed mildly: where the
            calibrator is neutral, so that a score of which nothing counts says nothing.
        jpeg_middle: the same at qualities of `STRONG` and less.
        jpeg_share: share that counts at these; between them and `MILD` both change evenly.
    """

    middle: float
    jpeg_middle: float
    jpeg_share: float

    def share(self, quality: float, noise: float) -> float:
        """Share of a score that counts, 0 to 1.

        Args:
            quality: of the colour table of a JPEG, 1 to 100; 100 for other files.
            noise: from `colour_noise`.
        """
        calm = np.interp(noise, NOISY, (1.0, 0.0))
        return float(calm * (1 - _strength(quality) * (1 - self.jpeg_share)))

    def __call__(self, scores: Any, quality: float, noise: float) -> Any:
        """Correct scores, a number or an array; arguments as of `share`."""
        middle = self.middle + _strength(quality) * (self.jpeg_middle - self.middle)
        return self.middle + self.share(quality, noise) * (scores - middle)


def _strength(quality: float) -> float:
    return float(np.interp(quality, (STRONG, MILD), (1.0, 0.0)))


def colour_noise(rgb: RGB) -> float:
    """Standard deviation of what neighbouring red differences do not share, in grey levels.

    The median of the diagonal differences' sizes over 0.6745, as of white Gaussian noise; little
    is left of it by a JPEG that stores colours at half the resolution.
    """
    # Pairs of rows spread over a large picture tell as much as all.
    above = np.arange(0, rgb.shape[0] - 1, max(1, round(rgb.shape[0] * rgb.shape[1] / _SAMPLED)))

    def across(rows: NDArray[np.intp]) -> NDArray[np.float32]:
        # Not OpenCV's own red difference, which is rounded to whole levels.
        red = cv2.transform(rgb[rows].astype(np.float32), _RED).reshape(len(rows), rgb.shape[1])
        return np.asarray(red[:, 1:] - red[:, :-1], np.float32)

    diagonal = (across(above + 1) - across(above)) / 2
    return float(np.median(np.abs(diagonal)) / 0.6745)


def table_quality(exhibit: Exhibit) -> float:
    """Quality of the colour table of a JPEG, the nearest of libjpeg's; 100 for other files."""
    nearest = None if exhibit.jpeg is None else qualities(exhibit.jpeg)
    return 100.0 if nearest is None else float(nearest[1].value)


@cache
def shipped_fade() -> Fade:
    """How the scores of ``synthesis-traces`` fade; with noise alone where heads come without."""
    data = json.loads(files("locard.assets").joinpath(_ASSET).read_text("utf-8"))
    return Fade(**data.get("fade", {"middle": 0.0, "jpeg_middle": 0.0, "jpeg_share": 1.0}))


@method(
    name="synthesis-traces",
    title="Traces of synthesis",
    question=Question.GENERATED,
    about="Weighs how neighbouring values follow each other, which generators draw too smooth.",
    source=(
        "own heads, docs/models/synthesis.md; after Fridrich and Kodovský 2012, Corvi et al. 2023, "
        "Chen et al. (dual data alignment) 2025"
    ),
    needs=[Need.COLOUR, Need.MIN_SIDE_128],
    cost=Cost.NORMAL,
    localizes=True,
)
def examine(exhibit: Exhibit) -> Finding:
    """Score the exhibit's windows with the shipped heads."""
    fade, worn = shipped_fade(), (table_quality(exhibit), colour_noise(exhibit.rgb))
    seen = look(exhibit.rgb, shipped_heads())
    seen = replace(seen, windows=np.asarray(fade(seen.windows, *worn), np.float32))
    share = round(fade.share(*worn), 2)
    rows, cols = seen.windows.shape
    # A window speaks for its middle; the map has one value per step of a cell.
    reach = min(WINDOW, exhibit.height), min(WINDOW, exhibit.width)
    offset = tuple((side - CELL) / 2 for side in reach)
    heat = heat_of(seen.windows)
    marked = float((seen.windows >= MARKED).mean())
    strongest = max(seen.by_cue, key=lambda cue: seen.by_cue[cue])
    mean = round(seen.score, 3)
    facts: dict[str, FactValue] = {
        "windows": rows * cols,
        "marked_share": round(marked, 4),
        "mean_score": mean,
        "highest_window": round(float(seen.windows.max()), 3),
        "strongest_cue": strongest,
        "counted_share": share,
    }
    return Finding(
        Status.INFERRED,
        score=round(seen.score, 4),
        heatmap=GridMap(heat, step=CELL, offset=(offset[0], offset[1])),
        says=(
            f"{marked:.0%} of {rows * cols} windows clearly have the fine structure of generated "
            f"pictures; the mean score is {round(mean, 2) + 0:.2f}, with 0 halfway between "
            "photos and generated pictures."
            + (
                f" Scores count only {share:.0%} here: colours that are noisy or were compressed "
                "strongly show little."
                if share < 1
                else ""
            )
        ),
        facts=facts,
        limitations=(
            "weak on generators it was not trained on; docs/models/synthesis.md has the figures",
            "it cannot tell Stable Diffusion 1 from photos that were shrunk for the web",
            "strong recompression, shrinking or enlarging hide what it reads",
        ),
        innocent=(
            "noise reduction, beauty filters and smooth skin or walls look alike",
            "drawings, screenshots and posters have no sensor noise either",
            "enlarging with a network leaves the same structure in a real photo",
        ),
    )

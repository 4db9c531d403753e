"""What a learned method's answer hangs on: occlusion maps and counterfactual pictures.

Both ask a `score` again on changed pictures and know nothing else of the method: a higher score
speaks for its proposition. An occlusion map says how much the score falls when a part is covered
(Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014); a
counterfactual is the smallest of a few changes of a region that makes the score pass (Wachter,
Mittelstadt and Russell, Counterfactual explanations without opening the black box, 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.methods import GridMap

RGB = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Score = Callable[[RGB], float]

# Side of the window around a region that is tried, and its squares along a side for occlusion.
_WINDOW = 384
_CELLS = 6
# Standard deviations of the blur that are tried, in pixels, weakest first.
_BLURS = (0.6, 1.0, 1.6, 2.5, 4.0, 6.4)


class Change(StrEnum):
    """What was done to the region."""

    NOISE = "noise"  # its finest detail was replaced by noise of the same strength
    SMOOTH = "smooth"  # its fine detail was smoothed away
    FILL = "fill"  # it was filled from its surroundings


@dataclass(frozen=True, slots=True, eq=False)
class Counterfactual:
    """The picture that would pass, or the best that was found.

    Attributes:
        rgb: uint8, of the picture's shape; equal to it outside the region and its soft rim.
        change, strength: what was done; blur in pixels, or 0 where that means nothing.
        before, after: score of the picture and of this one.
        passed: whether ``after`` is at most the threshold.
    """

    rgb: RGB
    change: Change
    strength: float
    before: float
    after: float
    passed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What was tried on the network behind a finding, to be shown side by side.

    Attributes:
        finding: its identifier.
        occlusion: of `occlusion_map`, on the stored grid.
        counterfactual: of `counterfactual`, or None when no change lowers the score.
    """

    finding: str
    occlusion: GridMap
    counterfactual: Counterfactual | None


def try_region(rgb: RGB, mask: Mask, finding: str, score: Score, threshold: float) -> Trial:
    """Try what a score hangs on, in a window around a region.

    Args:
        rgb: uint8, height × width × 3.
        mask: bool, height × width: the region.
        threshold: the score passes at this or below.

    Raises: ValueError for a mask of another shape or without a pixel.
    """
    if not mask.any():
        raise ValueError("the region has no pixel")
    # On the grid of 8 pixels: elsewhere the blocks of a JPEG would lie otherwise than in the file.
    top, left = (
        int(np.clip((at[0] + at[-1]) // 2 - _WINDOW // 2, 0, max(0, n - _WINDOW))) // 8 * 8
        for at, n in ((np.flatnonzero(mask.any(1 - i)), mask.shape[i]) for i in (0, 1))
    )
    window = (slice(top, top + _WINDOW), slice(left, left + _WINDOW))
    part = np.ascontiguousarray(rgb[window])
    covered = occlusion_map(part, score, cells=_CELLS, overlap=0.0)
    made = counterfactual(part, mask[window], score, threshold)
    whole = rgb.copy()
    whole[window] = made.rgb
    lowers = made.passed or made.after < made.before
    small = covered.values
    rows, cols = (-(-n // covered.step) for n in mask.shape)
    values = np.zeros((max(1, int(rows)), max(1, int(cols))), np.float32)
    at = round(top / covered.step), round(left / covered.step)
    to = values[at[0] : at[0] + small.shape[0], at[1] : at[1] + small.shape[1]]
    to[:] = small[: to.shape[0], : to.shape[1]]
    # The window begins where a cell does, to within less than a cell.
    offset = (top - at[0] * covered.step, left - at[1] * covered.step)
    drawn = GridMap(values, covered.step, offset)
    return Trial(finding, drawn, replace(made, rgb=whole) if lowers else None)


def occlusion_map(rgb: RGB, score: Score, *, cells: int = 12, overlap: float = 0.5) -> GridMap:
    """Map by how much the score falls when a square of the picture is covered.

    The cover is the square's own blurred content with its mean kept: a grey square is itself a
    trace that detectors see.

    Args:
        rgb: uint8, height × width × 3.
        score: called about (cells / (1 - overlap))² times for a square picture.
        cells: squares along the longer side.
        overlap: share of a square that its neighbours cover too, 0 to below 1.

    Returns: 0 to 1, 1 = the part on which the score hangs most; all 0 where none lowers it.

    Raises: ValueError for cells or overlap out of range.
    """
    if cells < 1 or not 0.0 <= overlap < 1.0:
        raise ValueError(
            "an occlusion map needs at least one cell and an overlap from 0 to below 1"
        )
    height, width = rgb.shape[:2]
    side = max(1, -(-max(height, width) // cells))
    step = max(1, round(side * (1.0 - overlap)))
    covered = cv2.GaussianBlur(rgb, (0, 0), max(1.0, side / 4))
    before = score(rgb)
    falls = np.zeros((height, width), np.float32)
    times = np.zeros((height, width), np.float32)
    for top in range(0, max(1, height - side + step), step):
        for left in range(0, max(1, width - side + step), step):
            window = (slice(top, top + side), slice(left, left + side))
            changed = rgb.copy()
            changed[window] = covered[window]
            falls[window] += max(0.0, before - score(changed))
            times[window] += 1.0
    mean = falls / np.maximum(times, 1.0)
    peak = float(mean.max())
    rows, cols = -(-height // step), -(-width // step)
    # The last cells may reach beyond the picture.
    rest = (rows * step - height, cols * step - width)
    full = cv2.copyMakeBorder(mean, 0, rest[0], 0, rest[1], cv2.BORDER_REPLICATE)
    small = cv2.resize(full, (cols, rows), interpolation=cv2.INTER_AREA)
    values = np.clip(small / peak, 0.0, 1.0) if peak > 0 else np.zeros_like(small)
    return GridMap(values.astype(np.float32), step=float(step))


def counterfactual(
    rgb: RGB, mask: Mask, score: Score, threshold: float, *, seed: int = 0
) -> Counterfactual:
    """Change a region as little as needed until the score passes.

    Tried in this order, by how much of the picture is lost: new noise of the same strength in place
    of the finest detail, smoothing with a growing blur, filling from the surroundings (Telea,
    2004). The first that passes is returned; when none does, the one with the lowest score.

    Args:
        mask: bool, height × width; the change fades out over its rim.
        score: higher = for the proposition.
        threshold: the score passes at this or below.

    Raises: ValueError for a mask of another shape or without a pixel.
    """
    if mask.shape != rgb.shape[:2]:
        raise ValueError(f"the mask has the shape {mask.shape}, the picture {rgb.shape[:2]}")
    if not mask.any():
        raise ValueError("the region has no pixel")
    before = score(rgb)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2.0)[..., None]
    soft = np.where(mask[..., None], np.maximum(soft, 0.5), soft)
    soft[soft < 0.01] = 0.0
    best: Counterfactual | None = None
    for change, strength, replaced in _changes(rgb, mask, seed):
        mixed = rgb + soft * (replaced.astype(np.float32) - rgb)
        picture = np.clip(np.round(mixed), 0, 255).astype(np.uint8)
        after = score(picture)
        made = Counterfactual(picture, change, strength, before, after, after <= threshold)
        if made.passed:
            return made
        if best is None or after < best.after:
            best = made
    assert best is not None
    return best


def _changes(rgb: RGB, mask: Mask, seed: int) -> Sequence[tuple[Change, float, RGB]]:
    smooth = cv2.GaussianBlur(rgb, (0, 0), 1.0).astype(np.float32)
    residual = rgb.astype(np.float32) - smooth
    spread = residual[mask].std(axis=0) if mask.any() else residual.std(axis=(0, 1))
    noise = np.random.default_rng(seed).normal(0.0, 1.0, rgb.shape).astype(np.float32) * spread
    found = [(Change.NOISE, 0.0, np.clip(smooth + noise, 0, 255).astype(np.uint8))]
    found += [
        (Change.SMOOTH, blur, np.asarray(cv2.GaussianBlur(rgb, (0, 0), blur), np.uint8))
        for blur in _BLURS
    ]
    hole = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    if not hole.all():
        filled = cv2.inpaint(rgb, hole, 5, cv2.INPAINT_TELEA)
        found.append((Change.FILL, 0.0, np.asarray(filled, np.uint8)))
    return found

"""JPEG ghosts: parts that were once compressed at another quality than the rest.

After Farid, "Exposing digital forgeries from JPEG ghosts", IEEE TIFS 4(1), 2009. A part that was
compressed at some quality changes least when it is compressed at that quality again. Encoding is
replaced by quantisation of the block DCT with the tables of each quality, on the grid of the
picture's last compression, which is what an encoder would do up to rounding.

The error of a coefficient that does not become 0 is measured in units of what an untouched
coefficient has, q² / 12, and compared with the blocks of the photo whose surroundings have the
same activity: a ghost under the whole photo is no sign of an edit, one under a part is. A part
may have less error than the rest (a ghost), or more (the rest is the ghost).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.exhibit import Exhibit, dct_basis
from locard.methods.container.blocking_grid import grid_votes
from locard.methods.container.jpeg_tables import standard_table
from locard.methods.contract import (
    Cost,
    FactValue,
    Finding,
    GridMap,
    Need,
    Question,
    Status,
    method,
    not_applicable,
)

FloatMap = NDArray[np.float32]

# Low frequencies (row, column) that still differ from 0 at low qualities.
_FREQUENCIES = ((0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0))
_QUALITIES = tuple(range(40, 94, 3))
_CLASSES = 16
_WINDOWS = (7, 13, 25)
# Least deviation per coefficient, in units of q² / 12: scenes alone deviate a little.
_MARGIN = 0.1
# Variance of 12 u² for u uniform in -1/2 to 1/2.
_VARIANCE = 0.8
_CLIP = 50.0


def _step(frequency: tuple[int, int], quality: int) -> int:
    return int(standard_table(quality)[frequency])


def _planes(exhibit: Exhibit, shift: tuple[int, int]) -> dict[tuple[int, int], FloatMap]:
    """Magnitudes of the low frequencies on the grid that starts at ``shift`` (y, x)."""
    if shift == (0, 0):
        blocks = exhibit.block_dct
        return {(u, v): np.abs(blocks[:, :, u, v]) for u, v in _FREQUENCIES}
    luma = exhibit.luma[shift[0] :, shift[1] :]
    rows, cols = luma.shape[0] // 8, luma.shape[1] // 8
    basis = dct_basis()
    blocks = luma[: rows * 8, : cols * 8].reshape(rows, 8, cols, 8)
    half = np.einsum("ui,rick->urck", basis[:4], blocks, optimize=True)
    return {(u, v): np.abs(half[u] @ basis[v]) for u, v in _FREQUENCIES}


def _activity(plane: FloatMap) -> FloatMap:
    """Mean magnitude of the 8 blocks around each block, grey levels."""
    return np.asarray((cv2.blur(plane, (3, 3)) * 9 - plane) / 8, dtype=np.float32)


def _deviation(
    planes: dict[tuple[int, int], FloatMap], activity: dict[tuple[int, int], FloatMap], quality: int
) -> tuple[FloatMap, FloatMap]:
    """Re-quantisation error of each block against blocks with equal surroundings.

    Returns: float32, block rows × block columns, expected minus found error summed over the
    coefficients that do not become 0, in units of q² / 12; and the number of these.
    """
    shape = planes[0, 1].shape
    less = np.zeros(shape, np.float32)
    weight = np.zeros(shape, np.float32)
    for frequency, plane in planes.items():
        step = _step(frequency, quality)
        if step < 3:
            continue
        scaled = plane * np.float32(1 / step)
        index = np.flatnonzero(scaled > 0.5)
        found = scaled.ravel()[index]
        error = found - np.rint(found)
        error *= 12 * error
        level = activity[frequency].ravel()[index] * np.float32(1 / step)
        level = np.clip(2 * np.log2(level + 0.1) + 7, 0, _CLASSES - 1).astype(np.intp)
        count = np.bincount(level, minlength=_CLASSES)
        expected = np.bincount(level, error, _CLASSES) / np.maximum(count, 1)
        less.ravel()[index] += expected.astype(np.float32)[level] - error
        weight.ravel()[index] += 1
    return less, weight


def _evidence(less: FloatMap, weight: FloatMap) -> FloatMap:
    """Evidence that error is low around each block: log10 of a Gaussian tail, less the margin."""
    best = np.zeros_like(less)
    for window in _WINDOWS:
        size = (window, window)
        border = cv2.BORDER_CONSTANT
        total = cv2.boxFilter(less, -1, size, normalize=False, borderType=border)
        count = cv2.boxFilter(weight, -1, size, normalize=False, borderType=border)
        excess = np.maximum(total - _MARGIN * count, 0)
        best = np.maximum(best, excess**2 / (2 * _VARIANCE * np.log(10) * np.maximum(count, 1)))
    tests = np.log10(2 * len(_QUALITIES) * len(_WINDOWS) * less.size)
    return np.asarray(best - tests, dtype=np.float32)


@method(
    name="jpeg-ghost",
    title="JPEG ghosts",
    question=Question.EDITED,
    about="Finds parts that were compressed at another JPEG quality than the rest.",
    source="Farid, IEEE TIFS 4(1), 2009",
    needs=(Need.MIN_SIDE_128,),
    cost=Cost.CHEAP,
    localizes=True,
)
def jpeg_ghost(exhibit: Exhibit) -> Finding:
    """Score: -log10 of the probability of the best part by chance, less the places, 0 to 50."""
    shift = (0, 0)
    if exhibit.jpeg is None:
        main = grid_votes(exhibit).main
        shift = (main // 8, main % 8)
    planes = _planes(exhibit, shift)
    activity = {frequency: _activity(plane) for frequency, plane in planes.items()}
    best = (-np.inf, 0, True)
    map_of_best = None
    for quality in _QUALITIES:
        less, weight = _deviation(planes, activity, quality)
        if weight.sum() < 200:
            continue
        for ghost in (True, False):
            towards = less if ghost else -less
            strength = _evidence(towards, weight)
            if strength.max() > best[0]:
                best = (float(strength.max()), quality, ghost)
                map_of_best = strength, towards, weight
    if map_of_best is None:
        return not_applicable("hardly any block has texture that a compression would change")
    top, quality, ghost = best
    score = float(np.clip(top, 0, _CLIP))
    strength, towards, weight = map_of_best
    near = cv2.blur(towards, (5, 5)) / np.maximum(cv2.blur(weight, (5, 5)), 0.2)
    heat = np.clip(strength / 8, 0, 1) / (1 + np.exp(-12 * (near - _MARGIN)))
    facts: dict[str, FactValue] = {
        "ghost_quality_ijg": quality if top > 3 else None,
        "part_has_the_ghost": ghost if top > 3 else None,
        "part_area_share": round(float((heat > 0.5).mean()), 4),
        "part_log10_p": round(-top, 1),
        "grid_origin_x_px": shift[1],
        "grid_origin_y_px": shift[0],
    }
    if top > 3:
        what = "changes less" if ghost else "changes more"
        says = (
            f"a part ({facts['part_area_share']:.1%} of the picture) {what} than the rest when "
            f"quantised at about JPEG quality {quality} (log10 probability by chance {-top:.0f})"
        )
    else:
        says = "no part reacts to quantisation at another JPEG quality differently from the rest"
    return Finding(
        Status.DERIVED,
        score=score,
        says=says,
        heatmap=GridMap(np.asarray(heat, np.float32), 8.0, (float(shift[0]), float(shift[1]))),
        facts=facts,
        limitations=(
            "only parts whose earlier compression was on the grid of the photo",
            "blind when the last compression is coarser than the earlier ones",
        ),
        innocent=("a collage of photos of different origin", "a logo or caption added by software"),
    )

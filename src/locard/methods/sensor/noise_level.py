"""Inconsistent noise level: regions noisier or cleaner than the rest of the photo explains.

All pixels of a photo went through the same sensor and the same processing, so the noise floor
is a smooth function of brightness and local activity. The floor is measured per cell as a low
quantile of the high-pass energy of small blocks (the quietest blocks carry noise, the others
texture), a robust model over the whole photo predicts it, and square regions of several sizes
whose mean deviation stands out from that of the other regions of the same size are tested with
a number of false alarms. Deviations of neighbouring cells are correlated in every photo
(materials, depth of field, denoising in the camera); comparing regions with regions of the same
size takes that into account, where counting independent blocks would not.

Sources: Gardella, Musé, Morel, Colom, "Noisesniffer: a fully automatic image forgery detector
based on noise analysis", IWBF 2021 (quietest of the homogeneous blocks, number of false alarms);
Immerkaer, "Fast noise variance estimation", CVIU 64(2), 1996 (the high-pass).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.stats import t as student

from locard.exhibit import Exhibit
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

Map = NDArray[np.float32]

CELL = 8
"""Side of a cell of the noise map, in pixels."""

# Blind to planes and, nearly, to straight edges; scaled to keep the level of white noise.
_HIGH_PASS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
# Mean |x| of a Gaussian of σ 1.
_MEAN_ABS = float(np.sqrt(2 / np.pi))
_SMALL = 4
_NEIGHBOURHOOD = 6
_QUANTILE = 9
# σ below which quantisation, not the sensor, decides the floor; keeps the logarithm finite.
_FLOOR = 0.1
# Weight of the deviation of chroma against that of luma: its texture is weaker, its noise too.
_CHROMA = 0.75
# Deviations of whole regions by up to a tenth are in the nature of photos.
_TOLERANCE = 0.1
_MIN_CELLS = 400
# Standard deviation in 9 × 9 windows of noise with a floor of 1: the floor is a low quantile of
# the high frequencies, where demosaicing and compression leave less noise than at low ones.
_NOISE_IN_TEXTURE = 1.3
# Regions deviate with tails far heavier than Gaussian; Student's law with six degrees of freedom
# describes the largest deviations of untouched camera photos.
_FREEDOM = 6.0
_HALF = 5.0


def _cell_means(image: NDArray[Any], side: int, rows: int, cols: int) -> Map:
    return np.asarray(
        cv2.resize(
            np.ascontiguousarray(image[: rows * side, : cols * side]),
            (cols, rows),
            interpolation=cv2.INTER_AREA,
        ),
        dtype=np.float32,
    )


def noise_floor(luma: Map) -> Map:
    """Standard deviation of the noise per cell, from the quietest blocks around it.

    The high-pass is averaged in magnitude over blocks of 4 × 4 pixels; of the 6 × 6 blocks
    around a cell the lower quartile counts. It underestimates σ by a constant factor.

    Args:
        luma: float32, height × width, at least 8 × 8.

    Returns: float32, height // 8 × width // 8, in grey levels.
    """
    rows, cols = luma.shape[0] // CELL, luma.shape[1] // CELL
    high = np.abs(cv2.filter2D(luma, -1, _HIGH_PASS, borderType=cv2.BORDER_REFLECT_101))
    blocks = _cell_means(high, _SMALL, 2 * rows, 2 * cols) / _MEAN_ABS
    margin = _NEIGHBOURHOOD // 2 - 1
    padded = cv2.copyMakeBorder(blocks, margin, margin, margin, margin, cv2.BORDER_REFLECT_101)
    windows = sliding_window_view(padded, (_NEIGHBOURHOOD, _NEIGHBOURHOOD))[::2, ::2]
    floor = np.empty((rows, cols), np.float32)
    stripe = max(1, 200_000 // max(cols, 1))
    for top in range(0, rows, stripe):
        flat = windows[top : top + stripe].reshape(-1, _NEIGHBOURHOOD**2)
        part = np.partition(flat, _QUANTILE, axis=1)[:, _QUANTILE]
        floor[top : top + stripe] = part.reshape(-1, cols)
    return floor


def chroma_floor(rgb: NDArray[np.uint8], luma: Map, channel: int) -> Map:
    """Noise floor of a colour difference (red or blue minus luma) at half resolution.

    Half, because most photos keep chroma no finer than that.

    Args:
        rgb: uint8, height × width × 3. luma: float32, height × width. channel: 0 red, 2 blue.

    Returns: float32, height // 8 × width // 8, in grey levels.
    """
    difference = cv2.subtract(cv2.extractChannel(rgb, channel), luma, dtype=cv2.CV_32F)
    height, width = luma.shape
    half = _cell_means(difference, 2, height // 2, width // 2)
    shape = (width // CELL, height // CELL)
    return np.asarray(
        cv2.resize(noise_floor(half), shape, interpolation=cv2.INTER_LINEAR), dtype=np.float32
    )


def model_deviation(floor: Map, level: Map, activity: Map, valid: NDArray[np.bool_]) -> Map:
    """Log ratio of the noise floor to what brightness and local activity predict.

    The prediction is log floor = a + b log(1 + activity) + c m + d m², m the brightness from -1
    to 1, fitted with Cauchy weights (a region that deviates must not bend it) and a weak prior
    c = d = 0 (a region alone in its brightness must not explain itself).

    Args:
        floor: float32, rows × columns, σ in grey levels.
        level: float32, mean luma 0 to 255. activity: float32, local standard deviation.
        valid: cells to fit.

    Returns: float32, rows × columns, natural logarithm.
    """
    target = np.log(floor + _FLOOR).ravel().astype(np.float64)
    bright = (level.ravel().astype(np.float64) - 128) / 128
    columns = (np.ones_like(bright), np.log1p(activity.ravel()), bright, bright * bright)
    design = np.stack(columns, axis=1)
    used = np.flatnonzero(valid.ravel())
    used = used[:: max(1, len(used) // 40_000)]
    sample, wanted = design[used], target[used]
    prior = np.diag([1e-6, 1e-6, 0.3, 0.3]) * len(used)
    weight = np.ones(len(used))
    solution = np.zeros(4)
    for _ in range(8):
        weighted = sample * weight[:, None]
        solution = np.linalg.solve(sample.T @ weighted + prior, weighted.T @ wanted)
        rest = wanted - sample @ solution
        spread = 1.4826 * np.median(np.abs(rest)) + 1e-3
        weight = 1 / (1 + (rest / (1.5 * spread)) ** 2)
    return np.asarray((target - design @ solution).reshape(floor.shape), dtype=np.float32)


def region_contrasts(deviation: Map, valid: NDArray[np.bool_]) -> tuple[float, Map, float]:
    """How far square regions stand out from the regions of the same size.

    The contrast of a region is z = (mean deviation - median over regions) / s, with
    s² = MAD² + 0.1², MAD the scaled median absolute deviation over regions.

    Returns: log10 of the smallest number of false alarms (number of disjoint regions of all
        sizes times the two-sided tail of Student's law at z); per cell the z of the largest
        magnitude over region sizes, float32, rows × columns; and of the region with the largest z
        of all how far its mean lies from the median.
    """
    weight = valid.astype(np.float32)
    shortest = min(deviation.shape)
    # Sizes relative to the photo: the number of tests does not depend on its resolution.
    side = max(5, shortest // 24)
    sides = []
    while side <= max(5, shortest // 2):
        sides.append(side)
        side = int(side * 1.5)
    tests = sum(deviation.size / s**2 for s in sides)
    strongest = np.zeros(deviation.shape, np.float32)
    largest, apart = 0.0, 0.0
    for side in sides:
        share = cv2.blur(weight, (side, side))
        mean = cv2.blur(deviation * weight, (side, side)) / np.maximum(share, 1e-3)
        usable = share > 0.5
        if np.count_nonzero(usable) < 20:
            continue
        centre = np.median(mean[usable])
        spread = np.hypot(1.4826 * np.median(np.abs(mean[usable] - centre)), _TOLERANCE)
        contrast = np.where(usable, (mean - centre) / spread, 0)
        strongest = np.where(np.abs(contrast) > np.abs(strongest), contrast, strongest)
        peak = np.unravel_index(int(np.abs(contrast).argmax()), contrast.shape)
        if abs(contrast[peak]) > largest:
            largest, apart = float(abs(contrast[peak])), float(mean[peak] - centre)
    tail = 2 * float(student.sf(largest, _FREEDOM))
    return float(np.log10(tests * tail)), strongest.astype(np.float32), apart


@method(
    name="noise-level",
    title="Noise level",
    question=Question.EDITED,
    about="Looks for regions with more or less noise than the rest of the photo explains.",
    source="Gardella, Musé, Morel, Colom, Noisesniffer, IWBF 2021",
    needs=(Need.MIN_SIDE_128,),
    cost=Cost.NORMAL,
    localizes=True,
)
def noise_level(exhibit: Exhibit) -> Finding:
    """Compare the noise of regions, in luma and chroma, with what the whole photo predicts.

    Score: -log10 of the number of false alarms of the most deviating region, -3 to 50.
    Map: z⁴ / (z⁴ + 5⁴) of the contrast z, see `region_contrasts`. Reliability: low in saturated
    cells, where quantisation leaves no noise, and in strong texture.
    """
    rows, cols = exhibit.height // CELL, exhibit.width // CELL
    floor = noise_floor(exhibit.luma)
    level = _cell_means(exhibit.luma, CELL, rows, cols)
    texture = _cell_means(exhibit.texture, CELL, rows, cols)
    # Without the noise itself, which would otherwise explain itself where nothing else is.
    activity = np.sqrt(np.maximum(texture**2 - (_NOISE_IN_TEXTURE * floor) ** 2, 0))
    clipped = _cell_means(exhibit.saturated.view(np.uint8) * np.uint8(255), CELL, rows, cols)
    valid = clipped < 12
    count = int(np.count_nonzero(valid))
    if count < max(150, min(_MIN_CELLS, valid.size // 2)):
        return not_applicable("too little of the photo is free of saturation to measure its noise")
    typical = float(np.median(floor[valid]))
    if typical < 0.05:
        return not_applicable(
            "no noise is left to compare (flat, synthetic or strongly compressed)"
        )
    deviation = model_deviation(floor, level, activity, valid)
    if exhibit.is_colour:
        red, blue = (
            model_deviation(chroma_floor(exhibit.rgb, exhibit.luma, c), level, activity, valid)
            for c in (0, 2)
        )
        mixed = (deviation + _CHROMA * (red + blue) / 2) / (1 + _CHROMA)
        deviation = np.asarray(mixed, dtype=np.float32)
    log_nfa, contrast, apart = region_contrasts(deviation, valid)
    score = float(np.clip(-log_nfa, -3, 50))
    power = (contrast / _HALF) ** 4
    heat = power / (1 + power)
    noisy = np.clip(floor / 0.5, 0, 1)
    reliability = cv2.blur(valid * noisy / (1 + (texture / 30) ** 2), (3, 3))
    more = apart > 0
    ratio = float(np.exp(apart))
    z = float(np.abs(contrast).max())
    if score >= 1:
        says = (
            f"A region has {'more' if more else 'less'} noise than the rest of the photo "
            f"explains: {ratio:.2f} times what its brightness and texture predict, "
            f"{z:.1f} times the usual variation of regions of its size."
        )
    else:
        says = (
            f"The noise level varies no more than usual between regions: the largest deviation "
            f"is {z:.1f} times the usual variation."
        )
    return Finding(
        Status.DERIVED,
        score=score,
        says=says,
        heatmap=GridMap(heat.astype(np.float32), float(CELL)),
        reliability=GridMap(reliability.astype(np.float32), float(CELL)),
        facts={
            "log10_nfa": round(log_nfa, 2),
            "largest_contrast": round(z, 2),
            "noise_ratio": round(ratio, 3),
            "noisier": more,
            "typical_noise_grey_levels": round(typical, 3),
            "cells": count,
        },
        limitations=(
            "Regions with the same noise as the photo leave nothing to see.",
            "Compression below quality 90 removes most of the noise.",
        ),
        innocent=(
            "Noise reduction in the camera smooths skin, sky and out-of-focus areas more than "
            "others.",
            "Fine texture such as grass, cloth or water can pass for noise.",
            "Local brightening or vignetting correction raises the noise with the brightness.",
        ),
    )

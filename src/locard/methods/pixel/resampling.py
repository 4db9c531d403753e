"""Resampling: areas that were enlarged, turned or stretched on their own.

Interpolated pixels depend on their neighbours more at some positions than at others, and the
positions repeat with the sampling grid of the source. The strength of a prediction residual is
therefore periodic, and its spectrum has peaks (Popescu and Farid 2005; fixed predictor: Kirchner
2008). A photo that was resized as a whole has them everywhere, which is an everyday fact; what is
looked for is a peak that some area has and the rest of the photo has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.special import gammaincc

from locard.exhibit import Exhibit
from locard.methods import Finding, GridMap, Need, Question, Status, method, not_applicable

Map = NDArray[np.float32]

BLOCK = 128
STRIDE = 64
MAX_BLOCKS = 1600
MAX_SCORE = 50.0
# Sides, in blocks, of the areas over which spectra are averaged.
AREAS = (1, 2, 3, 4)
# A frequency that this share of the blocks has in common is the photo's, not an area's.
COMMON = 0.7
# Predictor of a pixel from its eight neighbours (Kirchner 2008), subtracted from the pixel.
_ERROR = np.array([[0.25, -0.5, 0.25], [-0.5, 1.0, -0.5], [0.25, -0.5, 0.25]], np.float32)
_HALF = BLOCK // 2 + 1
# Neighbours on each side that make the floor of a frequency.
_FLOOR = 4


def predictability(luma: Map) -> Map:
    """Return the log-strength of the residual of the fixed linear predictor, high-passed.

    t = log(|e| + 1), e in grey levels. The logarithm turns the product of a scene's contrast and
    an interpolator's periodic gain into a sum, so that a strong edge weighs no more than noise.

    Returns: float32, height × width.
    """
    strength = np.abs(cv2.filter2D(luma, -1, _ERROR))
    strength += 1.0
    strength = cv2.log(strength)
    return np.asarray(strength - cv2.blur(strength, (9, 9)), np.float32)


@cache
def _usable() -> NDArray[np.bool_]:
    """Frequencies (u, v), 0 to 1/2 in both, that can be an interpolator's.

    Left out are the harmonics of the 8 × 8 grid of JPEG, which include those of the 2 × 2 colour
    filter array, and frequencies so low that the scene causes them.
    """
    u, v = np.mgrid[:_HALF, :_HALF]
    period = BLOCK // 8
    near_u, near_v = (np.abs((f + period // 2) % period - period // 2) <= 3 for f in (u, v))
    return np.asarray(~(near_u & near_v) & (np.maximum(u, v) >= 8))


def block_spectra(trace: Map, stride: int) -> Map:
    """Return power spectra of blocks, divided by their own neighbourhood in frequency.

    Without a periodic trace, each value is about exponentially distributed with mean 1.

    Returns: float32, block rows × block columns × 128 × 65; the last axis is the half plane of
    horizontal frequencies.
    """
    taper = np.hanning(BLOCK + 1)[:BLOCK].astype(np.float32)
    window = np.outer(taper, taper)
    blocks = np.lib.stride_tricks.sliding_window_view(trace, (BLOCK, BLOCK))[::stride, ::stride]
    spectra = np.empty((*blocks.shape[:2], BLOCK, _HALF), np.float32)
    # Frequencies go round: four rows from the other end on each side, which also keep the blocks
    # apart when a row of them is blurred as one picture.
    around = np.arange(-_FLOOR, BLOCK + _FLOOR) % BLOCK
    size = 2 * _FLOOR + 1
    for row, spectrum in zip(blocks, spectra, strict=True):
        transform = scipy.fft.rfft2(row * window, axes=(1, 2))
        power = transform.real**2 + transform.imag**2
        power /= np.maximum(power.mean(axis=(1, 2), keepdims=True), 1e-9)
        # Clipped, or a peak would raise the floor it is measured against.
        clipped = np.minimum(power[:, around], 6.0).reshape(-1, _HALF)
        floor = cv2.blur(clipped, (size, size)).reshape(len(power), -1, _HALF)
        np.divide(power, np.maximum(floor[:, _FLOOR:-_FLOOR], 0.02), out=spectrum)
    return spectra


def remove_common(spectra: Map) -> None:
    """Divide out, in place, frequencies that most blocks share: a photo resized as a whole.

    For exponential values of mean 1 the quantile is −log(1 − q); more than that is common.
    """
    # A quarter of a thousand blocks or more tells the quantile well enough.
    skip = 2 if spectra.shape[0] * spectra.shape[1] > 1000 else 1
    sample = spectra[::skip, ::skip]
    expected = -np.log(1.0 - COMMON)
    for u in range(BLOCK):
        common = np.quantile(sample[:, :, u], COMMON, axis=(0, 1)) / expected
        spectra[:, :, u] /= np.maximum(common, 1.0).astype(np.float32)
    # A cap keeps one coherent pattern in one block from deciding for an area.
    np.minimum(spectra, 30.0, out=spectra)


@dataclass(frozen=True, slots=True)
class Peak:
    """The most significant pair of peaks.

    Attributes:
        nfa_log10: −log₁₀ of the number of areas and frequencies expected to show as much by chance.
        frequency: (vertical, horizontal) in cycles per pixel, 0 to 1/2.
        strength: smaller of the pair's average powers; 1 is expected.
        side: of the area, in blocks.
        power: float32, block rows × block columns: geometric mean of the pair's powers.
    """

    nfa_log10: float
    frequency: tuple[float, float]
    strength: float
    side: int
    power: Map


def _averages(strip: Map, side: int) -> Map:
    """Average ``side`` rows of blocks, then every run of ``side`` blocks along them."""
    total = strip.sum(axis=0)
    runs = total[: len(total) - side + 1].copy()
    for shift in range(1, side):
        runs += total[shift : shift + len(runs)]
    runs /= side * side
    return np.asarray(runs, np.float32)


def strongest_peak(spectra: Map, stride: int) -> Peak:
    """Find the area and the frequency pair least likely by chance.

    Resizing and turning send a frequency (u, v) and its quarter turn (−v, u) together, whereas a
    fence or a fabric has one without the other: the weaker of the two is what counts. The mean of
    n independent powers exceeds s with probability Q(n, n s) (regularised gamma function).

    Args:
        spectra: see `block_spectra`.
        stride: of the blocks, in pixels.
    """
    u, v = np.nonzero(_usable())
    first, second = spectra[:, :, u, v], spectra[:, :, (BLOCK - v) % BLOCK, u]
    rows, cols, count = first.shape
    best: tuple[float, float, int, int] = (-np.inf, 0.0, 0, 0)
    for side in AREAS:
        if side > min(rows, cols):
            break
        # Number of independent blocks in the area; under a Hann taper half overlap nearly is, and
        # blocks that are further apart are no more than themselves.
        n = (1.0 + min(1.0, 1.5 * stride / BLOCK) * (side - 1)) ** 2
        strength, index = 0.0, 0
        for row in range(rows - side + 1):
            pair = np.minimum(
                _averages(first[row : row + side], side), _averages(second[row : row + side], side)
            )
            top = int(pair.argmax())
            if pair.flat[top] > strength:
                strength, index = float(pair.flat[top]), top % count
        chance = max(float(gammaincc(n, n * strength)), 1e-300)
        nfa = float(-2 * np.log10(chance) - np.log10(count * len(AREAS) * rows * cols / n))
        best = max(best, (nfa, strength, index, side))
    nfa, strength, k, side = best
    power = np.sqrt(np.maximum(first[:, :, k] * second[:, :, k], 0.0))
    return Peak(nfa, (float(u[k] / BLOCK), float(v[k] / BLOCK)), strength, side, power)


def candidate_transforms(frequency: tuple[float, float]) -> list[tuple[float, float]]:
    """List the (scale, rotation in degrees) that send the source's sampling grid to a peak.

    A source enlarged s times and turned by θ has peaks at (cos θ, sin θ) / s and its quarter turn,
    seen modulo 1 and up to sign; several transforms can explain one peak.
    """
    a, b = frequency
    found: set[tuple[float, float]] = set()
    for x, y in ((a, b), (b, a)):
        for along in (x, 1 - x, 1 + x):
            for across in (y, 1 - y):
                length = max(float(np.hypot(along, across)), 1e-6)
                angle = float(np.degrees(np.arctan2(across, along)))
                # The source's pixel lattice, and the green checkerboard of its colour filter.
                for carrier, turn in ((1.0, 0.0), (np.sqrt(0.5), 45.0)):
                    scale, rotation = float(carrier / length), abs(angle - turn)
                    if 0.5 <= scale <= 2.5 and rotation <= 45:
                        found.add((round(scale, 2), round(rotation)))
    # Pure scaling and pure rotation first, which explain most edits.
    return sorted(found, key=lambda t: (min(abs(t[0] - 1) * 100, t[1]), t))[:6]


@method(
    name="resampling",
    title="Local resampling",
    question=Question.EDITED,
    about="Looks for areas that were resized or turned on their own, by the periodic trace that "
    "interpolation leaves.",
    source="Popescu and Farid 2005; Kirchner 2008 (fixed linear predictor)",
    needs=[Need.MIN_SIDE_256],
    localizes=True,
)
def resampling(exhibit: Exhibit) -> Finding:
    """Look for an area whose interpolation peaks the rest of the photo does not have."""
    if exhibit.format in ("HEIF", "AVIF"):
        return not_applicable(
            "HEIC and AVIF compression removes the trace of interpolation, and leaves periodic "
            "ones of its own in flat areas"
        )
    height, width = exhibit.height, exhibit.width
    stride = STRIDE // 2 if height * width < 700_000 else STRIDE
    stride = max(stride, int(np.ceil(np.sqrt(height * width / MAX_BLOCKS))))
    trace = exhibit.shared("resampling:trace", lambda: predictability(exhibit.luma))
    # Blocks without noise or detail have no residual to be periodic.
    detail = cv2.blur(np.abs(exhibit.residual), (BLOCK, BLOCK), anchor=(0, 0))
    rows, cols = (len(range(0, n - BLOCK + 1, stride)) for n in (height, width))
    detail = detail[::stride, ::stride][:rows, :cols]
    informative = np.clip(detail / 0.5, 0.0, 1.0).astype(np.float32)
    if informative.max() < 0.2:
        return not_applicable("the picture has no fine detail whose periodicity could be measured")
    spectra = block_spectra(trace, stride)
    remove_common(spectra)
    peak = strongest_peak(spectra, stride)
    score = float(np.clip(peak.nfa_log10, -2.0, MAX_SCORE))
    # The map shows where one frequency is strong; that is worth looking at only when chance does
    # not explain the frequency.
    gate = 1.0 / (1.0 + np.exp(-(score - 6.0)))
    power = cv2.GaussianBlur(peak.power, (0, 0), BLOCK / 4 / stride)
    heat = gate * (1.0 - np.exp(-np.maximum(power - 1.0, 0.0) / 4.0) + 0.01 * np.minimum(power, 1))
    offset = ((BLOCK - stride) / 2.0, (BLOCK - stride) / 2.0)
    candidates = candidate_transforms(peak.frequency)
    vertical, horizontal = peak.frequency
    return Finding(
        Status.DERIVED,
        score=score,
        says=f"The strongest periodic trace of interpolation that an area has and the photo at "
        f"large has not (at {vertical:.3f} and {horizontal:.3f} cycles per pixel, "
        f"{peak.strength:.1f} times the expected power) has 10^{-score:.1f} false alarms in noise "
        "without content; content makes such peaks more common.",
        heatmap=GridMap(heat.astype(np.float32), step=stride, offset=offset),
        reliability=GridMap(informative, step=stride, offset=offset),
        facts={
            "log10_nfa": -score,
            "peak_frequency_vertical_cycles_per_px": vertical,
            "peak_frequency_horizontal_cycles_per_px": horizontal,
            "peak_power_ratio": peak.strength,
            "area_side_px": BLOCK + (peak.side - 1) * stride,
            "candidate_scales": [scale for scale, _ in candidates],
            "candidate_rotations_deg": [angle for _, angle in candidates],
        },
        limitations=(
            "JPEG compression below quality 90 or so removes the trace, and HEIC always.",
            "Areas that were made smaller, stretched in one direction only, or smaller than "
            f"{BLOCK} pixels are missed more often than not.",
            "An area that fills most of the photo passes for the photo.",
        ),
        innocent=(
            "Lens correction and panorama stitching resample parts of a photo differently.",
            "Fine regular patterns (fabric, grids, screens) along two directions have peaks too.",
        ),
    )

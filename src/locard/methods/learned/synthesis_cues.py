"""What a generated picture lacks at the scale of single pixels, counted in windows.

Cameras make colour differences out of a mosaic and of noise; generators draw them smooth, with a
decoder that up-samples. The cues read how neighbouring values follow each other:

- **co-occurrences** of high-pass residuals (Pevný, Bas and Fridrich, "Steganalysis by subtractive
  pixel adjacency matrix", TIFS 2010; Fridrich and Kodovský, "Rich models for steganalysis of
  digital images", TIFS 2012) of luma and both colour differences, at half and at a quarter of the
  resolution: JPEG stores colour at half, so nothing finer outlives a delivery;
- **spectra** of luma and colour differences: azimuthal profile, and peaks at the frequencies of
  up-sampling by 2, 4 and 8 (Zhang, Karaman and Chang, WIFS 2019; Corvi et al., CVPRW 2023).

Everything is counted per cell of 64 × 64 pixels; windows of 4 × 4 cells overlap and cost nothing
beyond a sum. No cue depends on the size of the picture, and nothing is resized.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
Plane = NDArray[np.float32]
Floats = NDArray[np.float32]

# Side of a cell and of a window, in pixels; a window moves by one cell.
CELL = 64
WINDOW = 256
# Residuals are rounded to steps and clipped to -2 ... 2, three neighbours are counted together.
_LEVELS = 5
_REACH = 2
_SQUARE = np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]], np.float32) / 4
_RINGS = 22
# Frequencies of up-sampling by 2, 4 and 8, in 1/64 cycles per sample.
_PEAKS = (8, 16, 24, 32)
_FFT = 64
# Power of white noise of one grey level in such a window, below which nothing is told apart.
_FLOOR = np.float32(30.0)


@cache
def _classes() -> tuple[NDArray[np.uint8], int]:
    """Class of each triple of levels: a triple, its mirror image and its negatives are one."""
    triple = np.arange(_LEVELS**3)
    digits = [(triple // _LEVELS**k) % _LEVELS for k in range(3)]
    top = _LEVELS - 1

    def number(values: list[NDArray[np.intp]]) -> NDArray[np.intp]:
        return np.asarray(sum(v * _LEVELS**k for k, v in enumerate(values)))

    negative = [top - d for d in digits]
    same = [triple, number(digits[::-1]), number(negative), number(negative[::-1])]
    _, found = np.unique(np.min(same, axis=0), return_inverse=True)
    return found.astype(np.uint8), int(found.max()) + 1


def _levels(residual: Plane, step: float) -> NDArray[np.uint8]:
    return np.asarray(
        np.clip(np.rint(residual * np.float32(1 / step)), -_REACH, _REACH) + _REACH, np.uint8
    )


def _count(levels: NDArray[np.uint8], axis: int, cell: int, shape: tuple[int, int]) -> Floats:
    """Counts of the classes of neighbouring triples along an axis: rows × columns × classes."""
    table, classes = _classes()
    last = levels.shape[axis] - 2
    a, b, c = (np.take(levels, range(k, k + last), axis=axis) for k in range(3))
    found = table[a + _LEVELS * b + _LEVELS**2 * c]
    rows = np.minimum(np.arange(found.shape[0]) // cell, shape[0] - 1)
    cols = np.minimum(np.arange(found.shape[1]) // cell, shape[1] - 1)
    place = (rows[:, None] * shape[1] + cols[None, :]).astype(np.int32)
    counts = np.bincount((place * classes + found).ravel(), minlength=shape[0] * shape[1] * classes)
    return counts.reshape(*shape, classes).astype(np.float32)


def _triples(plane: Plane, step: float, cell: int, shape: tuple[int, int]) -> Floats:
    """Counts of differences along, across, and of the square residual: r × c × 3 · classes."""
    across = _levels(plane[:, 1:] - plane[:, :-1], step)
    down = _levels(plane[1:] - plane[:-1], step)
    filtered = np.asarray(cv2.filter2D(plane, -1, _SQUARE), np.float32)
    square = _levels(filtered[1:-1, 1:-1], 0.75 * step)
    parts = (((across, 1), (down, 0)), ((across, 0), (down, 1)), ((square, 0), (square, 1)))
    return np.concatenate(
        [sum(_count(a, axis, cell, shape) for a, axis in part) for part in parts], axis=2
    )


@cache
def _reading() -> tuple[Floats, int]:
    """Matrix from a flat spectrum (64 × 33) to its profile and peaks, and how many are profile."""
    fy = np.abs(np.fft.fftfreq(_FFT))[:, None]
    fx = np.fft.rfftfreq(_FFT)[None, :]
    radius = np.hypot(fy, fx)
    # A column of the half plane other than the first and last stands for two.
    twice = np.broadcast_to(np.where((fx > 0) & (fx < 0.5), 2.0, 1.0), radius.shape)
    ring = np.minimum((radius * 2 * _RINGS).astype(int), _RINGS - 1)
    sector = np.minimum((np.arctan2(fx, fy + 1e-9) / (np.pi / 2) * 3).astype(int), 2)
    masks = [ring == k for k in range(_RINGS)]
    masks += [(sector == k) & (radius > 0.25) for k in range(3)]
    rows = [np.where(mask, twice, 0.0) / twice[mask].sum() for mask in masks]
    at_y = np.abs(np.fft.fftfreq(_FFT) * _FFT)[:, None]
    at_x = (fx * _FFT).astype(int)
    for k in _PEAKS:
        for u, v in ((0, k), (k, 0), (k, k)):
            near = np.maximum(np.abs(at_y - u), np.abs(at_x - v))
            if u == 0:
                near = np.where(at_y == 0, near, 99)
            if v == 0:
                near = np.where(at_x == 0, near, 99)
            peak, around = near == 0, (near >= 2) & (near <= 4)
            rows.append(peak / peak.sum() - around / around.sum())
    return np.stack([row.ravel() for row in rows], axis=1).astype(np.float32), len(masks)


def _spectra(plane: Plane, stride: int) -> Floats:
    """Profile and peaks of log power in windows of 64 × 64: rows × columns × numbers."""
    window = np.outer(np.hanning(_FFT), np.hanning(_FFT)).astype(np.float32)
    matrix, _ = _reading()
    rows = 1 + (plane.shape[0] - _FFT) // stride
    cols = 1 + (plane.shape[1] - _FFT) // stride
    tiles = np.lib.stride_tricks.sliding_window_view(plane, (_FFT, _FFT))[::stride, ::stride]
    found = np.empty((rows, cols, matrix.shape[1]), np.float32)
    for i in range(rows):
        row = tiles[i] - tiles[i].mean((1, 2), keepdims=True)
        spectrum = scipy.fft.rfft2(row * window)
        power = np.log10(spectrum.real**2 + spectrum.imag**2 + _FLOOR)
        found[i] = power.reshape(cols, -1) @ matrix
    return found


def _halve(plane: Plane) -> Plane:
    height, width = plane.shape[0] // 2 * 2, plane.shape[1] // 2 * 2
    p = plane[:height, :width]
    return np.asarray((p[::2, ::2] + p[1::2, ::2] + p[::2, 1::2] + p[1::2, 1::2]) / 4)


def _sums(cells: Floats, side: int) -> Floats:
    """Sums over windows of ``side`` × ``side`` cells, or over all where there are fewer."""
    for axis in (0, 1):
        many = min(side, cells.shape[axis])
        total = np.cumsum(cells, axis=axis, dtype=np.float64)
        last = cells.shape[axis] - many
        first = np.take(total, range(many - 1, many + last), axis=axis)
        before = np.take(total, range(last), axis=axis)
        first = np.asarray(first)
        lead = [slice(None)] * 3
        lead[axis] = slice(1, None)
        first[tuple(lead)] -= before
        cells = first.astype(np.float32)
    return cells


@dataclass(frozen=True, slots=True, eq=False)
class Cues:
    """The cues of a picture's windows.

    Attributes:
        values: by name of cue, float32, rows × columns × numbers.
    """

    values: Mapping[str, Floats]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of windows."""
        rows, cols, _ = next(iter(self.values.values())).shape
        return rows, cols


# Channels of OpenCV's YCrCb.
_PLANES = {"luma": 0, "red": 1, "blue": 2}
# What is counted: plane, how often it is halved, steps of the residual's levels in grey levels.
_COUNTED = {
    "luma-half": ("luma", 1, (2.0, 4.0)),
    "blue-half": ("blue", 1, (0.7, 1.5)),
    "red-half": ("red", 1, (0.7, 1.5)),
    "blue-quarter": ("blue", 2, (1.0, 2.0)),
    "red-quarter": ("red", 2, (1.0, 2.0)),
}


CUES = (
    *_COUNTED,
    *(f"{name}-{part}" for name in _PLANES for part in ("profile", "peaks")),
)


def measure(rgb: RGB, cues: Collection[str] = CUES) -> Cues:
    """Measure cues in every window.

    Args:
        rgb: uint8, height × width × 3, at least 128 pixels a side.
        cues: names of those wanted; each costs time.
    """
    colour = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    shape = (rgb.shape[0] // CELL, rgb.shape[1] // CELL)
    side = WINDOW // CELL
    _, profile = _reading()
    values: dict[str, Floats] = {}
    for name, channel in _PLANES.items():
        if not any(cue.startswith(name) for cue in cues):
            continue
        whole = np.ascontiguousarray(colour[..., channel], np.float32)
        planes = [whole, half := _halve(whole), _halve(half)]
        for cue, (counted, halved, steps) in _COUNTED.items():
            if counted == name and cue in cues:
                cells = [_triples(planes[halved], step, CELL >> halved, shape) for step in steps]
                values[cue] = _shares([_sums(counts, side) for counts in cells])
        if f"{name}-profile" in cues or f"{name}-peaks" in cues:
            # Colour at half the resolution: its windows are two cells wide and move by one.
            halved, many = (0, side) if name == "luma" else (1, side - 1)
            read = _spectra(planes[halved], CELL if halved == 0 else CELL >> halved)
            count = min(many, read.shape[0]) * min(many, read.shape[1])
            mean = _sums(read, many) / count
            parts = {f"{name}-profile": mean[..., :profile], f"{name}-peaks": mean[..., profile:]}
            values |= {cue: part for cue, part in parts.items() if cue in cues}
    rows, cols = (min(found.shape[axis] for found in values.values()) for axis in (0, 1))
    return Cues({cue: found[:rows, :cols] for cue, found in values.items()})


def _shares(counted: Sequence[Floats]) -> Floats:
    """Square roots of shares, for each residual and step on its own."""
    _, classes = _classes()
    parts = []
    for counts in counted:
        split = counts.reshape(*counts.shape[:2], -1, classes)
        shares = np.sqrt(split / split.sum(axis=3, keepdims=True))
        parts.append(shares.reshape(counts.shape))
    return np.concatenate(parts, axis=2)

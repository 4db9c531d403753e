"""Views of the stored pixels: histogram and spectrum, of the picture or of a part."""

from __future__ import annotations

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

# Longest side of a window of the spectrum, in pixels; larger pictures are averaged over windows.
_WINDOW = 512
_LEAST = 16
_MOST_WINDOWS = 64
_RANGE_DB = 90.0


class ViewError(ValueError):
    """There is nothing to show; the message is one sentence."""


def histogram(rgb: NDArray[np.uint8]) -> dict[str, list[int]]:
    """Count the values of each channel and of the luma.

    Args:
        rgb: uint8, height × width × 3.

    Returns: 256 counts by "red", "green", "blue" and "luma" (ITU-R BT.601, as JPEG's Y).
    """
    luma = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    planes = {"red": rgb[..., 0], "green": rgb[..., 1], "blue": rgb[..., 2], "luma": luma}
    return {
        name: np.bincount(plane.ravel(), minlength=256).tolist() for name, plane in planes.items()
    }


def spectrum(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Draw the power spectrum of the luma: uint8, square, frequency 0 in the centre.

    Welch's method: the periodograms of windows of at most 512 × 512 pixels with a Hann taper,
    averaged over up to 64 windows spread over the picture. White is the strongest frequency
    besides the mean, black 90 dB below it. The edge of the drawing is half a cycle per pixel.

    Args:
        rgb: uint8, height × width × 3, at least 16 × 16.

    Raises: ViewError for a smaller part.
    """
    rows, columns = rgb.shape[:2]
    side = min(_WINDOW, rows, columns)
    if side < _LEAST:
        raise ViewError(f"a spectrum needs at least {_LEAST} × {_LEAST} pixels")
    luma = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)
    hann = np.hanning(side).astype(np.float32)
    taper = np.outer(hann, hann)
    per_side = int(np.sqrt(_MOST_WINDOWS))
    power = np.zeros((side, side))
    for top in _starts(rows, side, per_side):
        for left in _starts(columns, side, per_side):
            part = luma[top : top + side, left : left + side]
            power += np.abs(scipy.fft.fft2((part - part.mean()) * taper)) ** 2
    decibel = 10 * np.log10(scipy.fft.fftshift(power) + 1e-6)
    centre = side // 2
    outside = np.ones_like(decibel, dtype=bool)
    outside[centre - 1 : centre + 2, centre - 1 : centre + 2] = False
    highest = decibel[outside].max()
    if highest < _RANGE_DB * -0.5:  # Nothing but the guard of the logarithm: an even area.
        return np.zeros((side, side), np.uint8)
    return np.asarray(255 * np.clip(1 + (decibel - highest) / _RANGE_DB, 0, 1), np.uint8)


def _starts(length: int, side: int, most: int) -> list[int]:
    count = min(most, max(1, length // side))
    return [round(start) for start in np.linspace(0, length - side, count)]

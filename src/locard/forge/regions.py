"""Regions that somebody would choose to work on, and blending what was done there into the host."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.content.places import name_place
from locard.forge.contract import RGB, Matte, Photo, Unsuitable
from locard.forge.objects import Region, find_objects

Box = tuple[slice, slice]

# Alpha below which an 8-bit layer mask holds nothing.
_EMPTY = 0.5 / 255
_SMALLEST_SIDE = 64


def choose_region(
    rng: np.random.Generator, photo: Photo, share: tuple[float, float] = (0.01, 0.1)
) -> tuple[Matte, str]:
    """Choose a region to work on: an object of the photo, a lasso selection or a brush stroke.

    Args:
        share: bounds of the area of a lasso or a stroke, as a part of the picture's.

    Returns: the matte, float32, height × width, 0 to 1, and how it was found: "object",
        "lasso" or "brush".

    Raises: Unsuitable for a photo of fewer than 64 pixels on a side.
    """
    height, width = photo.rgb.shape[:2]
    if min(height, width) < _SMALLEST_SIDE:
        raise Unsuitable(f"the photo is smaller than {_SMALLEST_SIDE} pixels")
    how = str(rng.choice(["object", "object", "lasso", "brush"]))
    if how == "object" and (objects := find_objects(photo)):
        chosen = objects[int(rng.integers(len(objects)))]
        matte = clean(chosen.drawn(height, width))
        if (matte == 1).any():
            return matte, how
    if how == "brush":
        return brush(rng, height, width, share), how
    return lasso(rng, height, width, share), "lasso"


def choose_piece(rng: np.random.Generator, photo: Photo) -> Region:
    """Choose a region as `choose_region` does and crop it to its box, to be cut out.

    Raises: Unsuitable for a photo of fewer than 64 pixels on a side.
    """
    matte, how = choose_region(rng, photo, (0.008, 0.2))
    rows, columns = bounds(matte)
    box = (columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
    return Region(np.ascontiguousarray(matte[rows, columns]), box, how, 0.0)


def lasso(
    rng: np.random.Generator, height: int, width: int, share: tuple[float, float] = (0.01, 0.1)
) -> Matte:
    """Draw a region as a hand outlines one: closed, irregular, feathered, wholly in the picture.

    The outline is a Fourier series in polar coordinates with amplitudes that fall as k^-1.3.

    Args:
        share: bounds of the region's part of the picture's area, drawn log-uniformly.

    Returns: float32, height × width, 0 to 1.
    """
    area = float(np.exp(rng.uniform(*np.log(share)))) * height * width
    angles = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    reach = np.ones_like(angles)
    for k in range(1, 12):
        reach += rng.normal(0, 0.25 * k**-1.3) * np.cos(k * angles + rng.uniform(0, 2 * np.pi))
    reach = np.clip(reach, 0.3, 2.0)
    stretch, turn = float(np.exp(rng.uniform(-0.45, 0.45))), float(rng.uniform(0, np.pi))
    across, along = reach * np.cos(angles) * stretch, reach * np.sin(angles) / stretch
    x = across * np.cos(turn) - along * np.sin(turn)
    y = across * np.sin(turn) + along * np.cos(turn)
    size = np.sqrt(area / (0.5 * abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))))
    fit = min(size, 0.9 * width / np.ptp(x), 0.9 * height / np.ptp(y))
    x, y = x * fit, y * fit
    x += rng.uniform(-x.min(), width - x.max())
    y += rng.uniform(-y.min(), height - y.max())
    layer = np.zeros((height, width), np.uint8)
    points = np.round(np.stack([x, y], 1) * 16).astype(np.int32)
    cv2.fillPoly(layer, [points], 255, cv2.LINE_AA, shift=4)
    radius = float(np.sqrt(area / np.pi))
    return feather(layer.astype(np.float32) / 255, float(rng.uniform(0.5, max(1, 0.12 * radius))))


def brush(
    rng: np.random.Generator, height: int, width: int, share: tuple[float, float] = (0.01, 0.1)
) -> Matte:
    """Draw a region as one stroke of a soft round brush along a bent path.

    Arguments and result: as for `lasso`.
    """
    area = float(np.exp(rng.uniform(*np.log(share)))) * height * width
    slenderness = float(rng.uniform(1.0, 5.0))
    radius = float(np.sqrt(area / (np.pi + 2 * slenderness)))
    # The radius shrinks where the picture is too narrow for the stroke.
    radius = min(radius, 0.2 * min(height, width))
    length = radius * slenderness
    steps = np.full(24, length / 24)
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.15, 24))
    x, y = np.cumsum(steps * np.cos(heading)), np.cumsum(steps * np.sin(heading))
    x += _inside(rng, x, radius, width)
    y += _inside(rng, y, radius, height)
    layer = np.zeros((height, width), np.uint8)
    points = np.round(np.stack([x, y], 1) * 16).astype(np.int32)
    hardness = float(rng.uniform(0.5, 0.95))
    thickness = max(1, round(2 * radius * (0.5 + 0.5 * hardness)))
    cv2.polylines(layer, [points], False, 255, thickness, cv2.LINE_AA, shift=4)
    return feather(layer.astype(np.float32) / 255, max(0.5, radius * (1 - hardness) / 2))


def _inside(rng: np.random.Generator, path: NDArray[np.float64], margin: float, size: int) -> float:
    low, high = margin - path.min(), size - margin - path.max()
    return float(rng.uniform(low, high) if low < high else (low + high) / 2)


def feather(matte: NDArray[Any], sigma: float) -> Matte:
    """Soften the edge of a matte by a Gaussian of ``sigma`` pixels; its far tail becomes zero."""
    if not matte.any():
        return clean(matte)
    # Elsewhere the kernel, which ends at four sigma, sees zeros alone.
    around = bounds(matte, margin=int(4 * sigma) + 2)
    soft = np.zeros(matte.shape, np.float32)
    soft[around] = clean(cv2.GaussianBlur(matte[around], (0, 0), sigma))
    return soft


def clean(matte: NDArray[Any]) -> Matte:
    """Return a matte as float32, 0 to 1, with zero where an 8-bit layer would hold nothing."""
    kept: Matte = np.clip(matte, 0, 1).astype(np.float32)
    kept[kept < _EMPTY] = 0
    kept[kept > 1 - _EMPTY] = 1
    return kept


def bounds(matte: NDArray[Any], margin: int = 0) -> Box:
    """Return the slices (rows, columns) around the pixels above zero, widened by ``margin``.

    Raises: ValueError for a matte that is zero everywhere.
    """
    rows, columns = np.flatnonzero(matte.any(axis=1)), np.flatnonzero(matte.any(axis=0))
    if not rows.size:
        raise ValueError("the matte is empty")
    return (
        slice(max(0, int(rows[0]) - margin), min(matte.shape[0], int(rows[-1]) + 1 + margin)),
        slice(max(0, int(columns[0]) - margin), min(matte.shape[1], int(columns[-1]) + 1 + margin)),
    )


def blend(host: RGB, layer: NDArray[Any], matte: Matte) -> RGB:
    """Lay one picture over another: host + (layer - host) · matte.

    Where the matte is zero the host's pixels are kept bit for bit, where it is one the layer's.

    Args:
        host, layer: height × width × 3, 0 to 255.
        matte: float32, height × width, 0 to 1.
    """
    below = host.astype(np.float32)
    mixed = below + (layer.astype(np.float32) - below) * matte[:, :, None]
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def visible_change(host: RGB, forged: RGB, matte: Matte) -> float:
    """Return the mean absolute change of a channel in the region, in grey levels."""
    rows, columns = bounds(matte)
    inside = matte[rows, columns] > 0.5
    if not inside.any():
        return 0.0
    change = cv2.absdiff(host[rows, columns], forged[rows, columns])
    return float(change[inside].mean())


def name_region(matte: Matte) -> str:
    """Say in which of nine parts of the picture a region lies ("in the upper left")."""
    rows, columns = bounds(matte)
    height, width = matte.shape
    return name_place(
        (columns.start + columns.stop) / 2 / width, (rows.start + rows.stop) / 2 / height
    )

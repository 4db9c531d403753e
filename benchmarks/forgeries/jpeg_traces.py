"""Forgeries that leave traces of JPEG compression: double compression, ghosts, foreign grids."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Photo = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Forge = Callable[[Photo, Photo, np.random.Generator], tuple[bytes, Mask]]


def _encode(picture: Photo, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=int(quality))
    return buffer.getvalue()


def _png(picture: Photo) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _recompress(picture: Photo, quality: int) -> Photo:
    with Image.open(io.BytesIO(_encode(picture, quality))) as image:
        return np.array(image.convert("RGB"))


def _untraced(picture: Photo, height: int, width: int) -> Photo:
    """Resize to exactly height × width, always by a factor below 0.9: no JPEG lattice survives."""
    scale = min(0.9 * picture.shape[0] / height, 0.9 * picture.shape[1] / width, 1.0)
    crop = picture[: max(8, int(height * scale / 0.9)), : max(8, int(width * scale / 0.9))]
    return np.asarray(cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA))


def _region(height: int, width: int, rng: np.random.Generator) -> Mask:
    """One wobbly blob on 5 to 20 % of the picture, whole inside it."""
    area = rng.uniform(0.05, 0.20)
    radius = np.sqrt(area / np.pi)
    aspect = rng.uniform(0.7, 1.4)
    cy, cx = rng.uniform(0.3, 0.7, 2)
    y, x = np.mgrid[:height, :width]
    dy, dx = (y / height - cy) / (radius * aspect), (x / width - cx) / (radius / aspect)
    angle = np.arctan2(dy, dx)
    edge = 1 + 0.15 * np.sin(3 * angle + rng.uniform(0, 6)) + 0.1 * np.sin(5 * angle)
    return np.asarray(dy**2 + dx**2 < edge**2)


def double_jpeg(photo: Photo, donor: Photo, rng: np.random.Generator) -> tuple[bytes, Mask]:
    """Paste an untraced part into a JPEG photo and save at a quality higher by at least 15."""
    height, width = photo.shape[:2]
    mask = _region(height, width, rng)
    first = int(rng.integers(55, 81))
    forged = _recompress(photo, first)
    forged[mask] = _untraced(donor, height, width)[mask]
    return _encode(forged, int(rng.integers(first + 15, 98))), mask


def shifted_double_jpeg(photo: Photo, donor: Photo, rng: np.random.Generator) -> tuple[bytes, Mask]:
    """As `double_jpeg`, but the photo is cropped off its grid before it is saved again."""
    dy, dx = rng.integers(0, 8, 2)
    if dy == dx == 0:
        dx = 4
    first = int(rng.integers(55, 81))
    forged = np.ascontiguousarray(_recompress(photo, first)[dy:, dx:])
    height, width = forged.shape[:2]
    mask = _region(height, width, rng)
    forged[mask] = _untraced(donor, height, width)[mask]
    return _encode(forged, int(rng.integers(first + 15, 98))), mask


def ghost(photo: Photo, donor: Photo, rng: np.random.Generator) -> tuple[bytes, Mask]:
    """Replace a part by its own copy saved at a lower quality; save as JPEG or PNG."""
    height, width = photo.shape[:2]
    mask = _region(height, width, rng)
    low = int(rng.integers(50, 76))
    forged = photo.copy()
    forged[mask] = _recompress(photo, low)[mask]
    if rng.random() < 0.3:
        return _png(forged), mask
    return _encode(forged, int(rng.integers(low + 15, 98))), mask


def foreign_grid(photo: Photo, donor: Photo, rng: np.random.Generator) -> tuple[bytes, Mask]:
    """Paste a part of a JPEG donor off the photo's grid; save as PNG or at high quality."""
    height, width = photo.shape[:2]
    mask = _region(height, width, rng)
    dy, dx = rng.integers(0, 8, 2)
    if dy == dx == 0:
        dy = 3
    part = _recompress(_untraced(donor, height + 8, width + 8), int(rng.integers(60, 91)))
    forged = _recompress(photo, int(rng.integers(75, 96)))
    forged[mask] = part[dy : dy + height, dx : dx + width][mask]
    if rng.random() < 0.5:
        return _png(forged), mask
    return _encode(forged, int(rng.integers(94, 99))), mask


MEANT_FOR: dict[str, Forge] = {
    "double-jpeg": double_jpeg,
    "jpeg-ghost": ghost,
    "jpeg-grid": foreign_grid,
}

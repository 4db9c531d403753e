"""Forgeries for the methods that read pixel statistics: splicing residuals and resampling."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Photo = NDArray[np.uint8]
Forgery = tuple[bytes, NDArray[np.bool_]]


def _jpeg(photo: Photo, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "JPEG", quality=quality, subsampling=quality < 90 and 2)
    return buffer.getvalue()


def _png(photo: Photo) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _blob(radius: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw an object-like shape with a soft edge: alpha, float32, square, 0 to 1."""
    side = int(2.9 * radius) + 8
    y, x = np.mgrid[:side, :side] - side / 2
    angle = np.arctan2(y, x)
    outline = np.full(angle.shape, radius)
    for k in range(2, 7):
        wave = np.cos(k * angle + rng.uniform(0, 2 * np.pi))
        outline += radius * rng.uniform(0.0, 0.3) / k * wave
    inside = (np.hypot(y, x) < outline).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(inside, (0, 0), rng.uniform(0.8, 2.0)), np.float32)


def _paste(
    photo: Photo, patch: Photo, alpha: NDArray[np.float32], top: int, left: int
) -> tuple[Photo, NDArray[np.bool_]]:
    rows, cols = alpha.shape
    forged = photo.copy()
    place = forged[top : top + rows, left : left + cols]
    mixed = place + alpha[:, :, None] * (patch.astype(np.float32) - place)
    place[:] = np.clip(np.round(mixed), 0, 255).astype(np.uint8)
    mask = np.zeros(photo.shape[:2], dtype=bool)
    mask[top : top + rows, left : left + cols] = alpha > 0.5
    return forged, mask


def _other_history(donor: Photo, rng: np.random.Generator) -> Photo:
    """Give the donor a past of its own: resized, denoised, recompressed, or two of these."""
    for step in rng.permutation(4)[: rng.integers(1, 3)]:
        match int(step):
            case 0:
                scale = rng.choice([rng.uniform(0.5, 0.9), rng.uniform(1.15, 1.6)])
                kernel = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
                resized = cv2.resize(donor, None, fx=scale, fy=scale, interpolation=kernel)
                donor = np.asarray(resized, np.uint8)
            case 1:
                denoised = cv2.bilateralFilter(donor, 5, rng.uniform(10, 25), 2.0)
                donor = np.asarray(denoised, np.uint8)
            case 2:
                donor = np.asarray(Image.open(io.BytesIO(_jpeg(donor, int(rng.integers(55, 86))))))
            case _:
                noise = rng.normal(0, rng.uniform(1.5, 4.0), donor.shape)
                donor = np.clip(np.round(donor + noise), 0, 255).astype(np.uint8)
    return donor


def splicing_residual(photo: Photo, donor: Photo, rng: np.random.Generator) -> Forgery:
    """Paste an object of a donor with another history; save as PNG or JPEG of quality 80 to 95."""
    donor = _other_history(donor, rng)
    height, width = photo.shape[:2]
    room = min(height, width, *donor.shape[:2]) - 2
    radius = min(np.sqrt(rng.uniform(0.04, 0.12) * height * width / np.pi), (room - 9) / 2.9)
    alpha = _blob(radius, rng)
    side = alpha.shape[0]
    from_y, from_x = (int(rng.integers(0, n - side + 1)) for n in donor.shape[:2])
    top, left = (int(rng.integers(0, n - side + 1)) for n in (height, width))
    patch = donor[from_y : from_y + side, from_x : from_x + side]
    forged, mask = _paste(photo, patch, alpha, top, left)
    data = _png(forged) if rng.random() < 0.5 else _jpeg(forged, int(rng.integers(80, 96)))
    return data, mask


def resampling(photo: Photo, donor: Photo, rng: np.random.Generator) -> Forgery:
    """Enlarge (1.1 to 1.6) or rotate (5 to 30 degrees) an object of the photo itself.

    The object moves somewhere else in the photo, which is saved as PNG or JPEG of quality 95 to 98.
    ``donor`` is not used.
    """
    height, width = photo.shape[:2]
    radius = min(
        np.sqrt(rng.uniform(0.04, 0.12) * height * width / np.pi), (min(height, width) - 11) / 2.9
    )
    alpha = _blob(radius, rng)
    side = alpha.shape[0]
    scale, angle = 1.0, 0.0
    if rng.random() < 0.5:
        scale = rng.uniform(1.1, 1.6)
    else:
        angle = rng.choice([-1, 1]) * rng.uniform(5, 30)
    centre_y, centre_x = (rng.uniform(side / 2, n - side / 2) for n in (height, width))
    matrix = cv2.getRotationMatrix2D((centre_x, centre_y), angle, scale)
    matrix[:, 2] += side / 2 - np.array([centre_x, centre_y])
    method = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
    patch = cv2.warpAffine(
        photo, matrix, (side, side), flags=method, borderMode=cv2.BORDER_REFLECT_101
    )
    top, left = (int(rng.integers(0, n - side + 1)) for n in (height, width))
    forged, mask = _paste(photo, np.asarray(patch, np.uint8), alpha, top, left)
    data = _png(forged) if rng.random() < 0.5 else _jpeg(forged, int(rng.integers(95, 99)))
    return data, mask


MEANT_FOR: dict[str, Callable[[Photo, Photo, np.random.Generator], Forgery]] = {
    "splicing-residual": splicing_residual,
    "resampling": resampling,
}

"""Forgeries that break the traces a sensor leaves: the mosaic of its filters, and its noise.

Each function takes two photos and a random generator and returns the bytes of an encoded
forgery and its true mask. The donor is cropped or tiled to the photo's size.
"""

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


def blob(height: int, width: int, rng: np.random.Generator) -> Mask:
    """Draw one smooth random outline that covers about 4 to 14 % of the picture."""
    area = rng.uniform(0.04, 0.14) * height * width
    radius = np.sqrt(area / np.pi)
    stretch = rng.uniform(0.75, 1.33)
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    wobble = 1 + sum(
        rng.uniform(-0.12, 0.12) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 5)
    )
    reach = 1.15 * radius * max(stretch, 1 / stretch)
    centre_y = rng.uniform(min(reach, height / 2), max(height - reach, height / 2))
    centre_x = rng.uniform(min(reach, width / 2), max(width - reach, width / 2))
    outline = np.stack(
        [
            centre_x + radius * stretch * wobble * np.cos(angle),
            centre_y + radius / stretch * wobble * np.sin(angle),
        ],
        axis=1,
    )
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [outline.round().astype(np.int32)], 1)
    return mask.astype(bool)


def fit(donor: Photo, height: int, width: int) -> Photo:
    """Crop the donor to a size, or mirror it at its borders where it is too small."""
    bottom, right = max(0, height - donor.shape[0]), max(0, width - donor.shape[1])
    padded = np.pad(donor, ((0, bottom), (0, right), (0, 0)), mode="symmetric")
    return np.ascontiguousarray(padded[:height, :width])


def encode(pixels: Photo, quality: int | None, subsampling: int = 0) -> bytes:
    """Encode as JPEG of a quality (subsampling 0 is 4:4:4, 2 is 4:2:0), or as PNG for None."""
    buffer = io.BytesIO()
    if quality is None:
        Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    else:
        Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return buffer.getvalue()


def demosaic(scene: Photo, phase: tuple[int, int], gradient_corrected: bool) -> Photo:
    """Sample a scene through a Bayer filter and interpolate it back.

    Args:
        scene: RGB.
        phase: row and column (0 or 1) of the red filter in the 2 × 2 pattern.
        gradient_corrected: Malvar, He and Cutler (2004) instead of bilinear interpolation.
    """
    height, width = scene.shape[:2]
    row, col = np.mgrid[:height, :width]
    red = (row % 2 == phase[0]) & (col % 2 == phase[1])
    blue = (row % 2 != phase[0]) & (col % 2 != phase[1])
    sites = np.stack([red, ~(red | blue), blue], axis=2)
    mosaic = np.where(sites, scene, 0).sum(axis=2).astype(np.float32)
    cross = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]], np.float32) / 4
    square = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32) / 4
    result = np.empty(scene.shape, np.float32)
    for channel, kernel in enumerate((square, cross, square)):
        result[:, :, channel] = cv2.filter2D(
            mosaic * sites[:, :, channel], -1, kernel, borderType=cv2.BORDER_REFLECT_101
        )
    if gradient_corrected:
        # The Laplacian of the filter's own colour at a site corrects the interpolated ones.
        laplacian = np.zeros((5, 5), np.float32)
        laplacian[2, 2] = 1
        laplacian[[0, 2, 2, 4], [2, 0, 4, 2]] = -0.25
        own = cv2.filter2D(mosaic, -1, laplacian, borderType=cv2.BORDER_REFLECT_101)
        gain = np.where(sites[:, :, 1], 0.625, np.where(red | blue, 0.75, 0.0))
        for channel in range(3):
            weight = np.where(sites[:, :, 1], gain, 0.5 if channel == 1 else gain)
            result[:, :, channel] += np.where(sites[:, :, channel], 0, weight * own)
    return np.clip(result.round(), 0, 255).astype(np.uint8)


def cfa(photo: Photo, donor: Photo, rng: np.random.Generator) -> tuple[bytes, Mask]:
    """Break the mosaic: a demosaiced photo with a region of another phase, or of none.

    Both pictures are halved first, which wipes the traces of their own sensors. A third of the
    regions each is shifted by one pixel, resampled, or from a donor without any mosaic. Saved as
    PNG or as JPEG of quality 97 to 99.
    """
    scene, other = (
        cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for p in (photo, donor)
    )
    corrected = bool(rng.integers(2))
    pixels = demosaic(scene, (0, 0), corrected)
    height, width = pixels.shape[:2]
    other = fit(other, height, width)
    kind = rng.integers(3)
    if kind == 0:
        shift = ((0, 1), (1, 0), (1, 1))[rng.integers(3)]
        region = demosaic(other, shift, corrected)
    elif kind == 1:
        factor = rng.uniform(1.1, 1.6)
        enlarged = cv2.resize(
            demosaic(other, (0, 0), corrected),
            None,
            fx=factor,
            fy=factor,
            interpolation=cv2.INTER_CUBIC,
        )
        region = fit(enlarged, height, width)
    else:
        region = other
    mask = blob(height, width, rng)
    pixels[mask] = region[mask]
    quality = None if rng.integers(2) else int(rng.integers(97, 100))
    return encode(pixels, quality), mask


def noise_level(photo: Photo, donor: Photo, rng: np.random.Generator) -> tuple[bytes, Mask]:
    """Insert a region with another noise level: denoised, or with noise of σ 2 to 6 added.

    Saved as JPEG of quality 90 to 97.
    """
    pixels = photo.copy()
    height, width = pixels.shape[:2]
    other = fit(donor, height, width)
    sigma = rng.uniform(2, 6)
    if rng.integers(2):
        region = cv2.bilateralFilter(other, 7, 6 * sigma, 3)
    else:
        noisy = other + rng.normal(0, sigma, other.shape)
        region = np.clip(noisy.round(), 0, 255).astype(np.uint8)
    mask = blob(height, width, rng)
    pixels[mask] = region[mask]
    return encode(pixels, int(rng.integers(90, 98)), int(rng.choice([0, 2]))), mask


MEANT_FOR: dict[str, Forge] = {"cfa": cfa, "noise-level": noise_level}

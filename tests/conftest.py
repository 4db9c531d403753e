"""Photo-like pictures made on the spot, so that the tests need no data."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image


def synthetic_photo(height: int = 512, width: int = 512, seed: int = 0) -> NDArray[np.uint8]:
    """Return a photo-like picture: uint8, height × width × 3.

    Fractal luminance and colour, sharp-edged objects, optical blur, signal-dependent sensor
    noise on a Bayer mosaic, bilinear demosaicing.
    """
    rng = np.random.default_rng(seed)
    scene = np.zeros((height, width, 3), np.float32)
    for octave in range(1, 8):
        size = (min(width, 2**octave + 1), min(height, 2**octave + 1))
        noise = rng.normal(0, 1, (size[1], size[0], 3)).astype(np.float32)
        noise = 0.7 * noise.mean(axis=2, keepdims=True) + 0.3 * noise
        scene += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * 0.62**octave
    scene = 110 + 60 * scene
    for _ in range(12):
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = (int(rng.integers(10, 20 + width // 8)), int(rng.integers(10, 20 + height // 8)))
        colour = tuple(float(c) for c in rng.uniform(30, 220, 3))
        layer = np.zeros((height, width), np.uint8)
        cv2.ellipse(layer, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
        inside = layer > 0
        scene[inside] = 0.35 * scene[inside] + 0.65 * np.array(colour, np.float32)
    scene = np.clip(cv2.GaussianBlur(scene, (0, 0), 0.7), 4, 250)
    mosaic = np.empty((height, width), np.float32)
    mosaic[0::2, 0::2] = scene[0::2, 0::2, 0]
    mosaic[0::2, 1::2] = scene[0::2, 1::2, 1]
    mosaic[1::2, 0::2] = scene[1::2, 0::2, 1]
    mosaic[1::2, 1::2] = scene[1::2, 1::2, 2]
    mosaic += rng.normal(0, 1, mosaic.shape) * np.sqrt(1.0 + 0.02 * mosaic)
    raw = np.clip(np.round(mosaic), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(cv2.cvtColor(raw, cv2.COLOR_BayerBG2BGR)[:, :, ::-1])


def jpeg_bytes(rgb: NDArray[np.uint8], quality: int = 90, **options: object) -> bytes:
    """Encode a picture as JPEG through Pillow."""
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=quality, **options)
    return stream.getvalue()


@pytest.fixture(scope="session")
def photo() -> NDArray[np.uint8]:
    """A synthetic photo of 512 × 512 pixels; copy before writing into it."""
    picture = synthetic_photo()
    picture.flags.writeable = False
    return picture


@pytest.fixture(scope="session")
def photo_jpeg(photo: NDArray[np.uint8]) -> bytes:
    """The synthetic photo as a JPEG of quality 92."""
    return jpeg_bytes(photo, 92)

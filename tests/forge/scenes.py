"""Scenes with a clear object on noisy ground, whose outline is known."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.forge import Photo


def scene(
    height: int = 320, width: int = 420, seed: int = 0, things: int = 1
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return a picture with ellipses on uneven ground, and where the ellipses are."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, 1, (9, 11)).astype(np.float32)
    light = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    picture = np.stack([95 + 7 * light, 125 + 7 * light, 80 + 7 * light], axis=2)
    inside = np.zeros((height, width), np.uint8)
    for i in range(things):
        centre = (round(width * (i + 1) / (things + 1)), round(height * rng.uniform(0.45, 0.6)))
        axes = (round(width * 0.09), round(height * 0.15))
        one = cv2.ellipse(np.zeros_like(inside), centre, axes, 0, 0, 360, 1, -1)
        picture[one > 0] = rng.permutation([200.0, 60.0, 40.0])
        inside |= one
    picture = cv2.GaussianBlur(picture, (0, 0), 0.8) + rng.normal(0, 2.5, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8), inside > 0


def scene_photo(seed: int = 0, height: int = 320, width: int = 420, things: int = 1) -> Photo:
    """Return a scene as a host or a donor."""
    rgb, _ = scene(height, width, seed, things)
    return Photo(rgb, hashlib.sha256(rgb.tobytes()).hexdigest(), f"scene-{seed}.jpg")

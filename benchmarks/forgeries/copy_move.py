"""Copy-move forgeries: a blob of a photo pasted elsewhere in it, turned, scaled, recompressed."""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Forgery:
    """A forged photo, its mask (source and target), and how the blob was changed."""

    rgb: Rgb
    mask: Mask
    turned: bool
    scale: float


def _blob(rng: np.random.Generator, size: int) -> Mask:
    """A random roundish shape of at most ``size`` × ``size`` pixels, in one piece."""
    noise = rng.standard_normal((9, 9)).astype(np.float32)
    bumps = cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    shape = 1 - np.hypot(x, y / rng.uniform(0.6, 1)) + 0.2 * bumps > 0.15
    _, label, stats, _ = cv2.connectedComponentsWithStats(shape.astype(np.uint8))
    return np.asarray(label == 1 + stats[1:, cv2.CC_STAT_AREA].argmax())


def paste(
    photo: Rgb, rng: np.random.Generator, *, kind: str | None = None, size: float | None = None
) -> Forgery | None:
    """Copy a blob of the photo and paste it elsewhere; None if no place was found.

    Args:
        kind: "shift", "turn", "scale" or "both"; a random one by default.
        size: of the blob, as a part of the photo's shorter side; 0.12 to 0.4 by default.
    """
    height, width = photo.shape[:2]
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    for _ in range(50):
        part = size or rng.uniform(0.12, 0.4)
        side = max(int(part * min(height, width)), 28)
        how = kind or rng.choice(["shift", "shift", "turn", "scale", "both"])
        angle = rng.uniform(-180, 180) if how in ("turn", "both") else 0.0
        scale = float(np.exp(rng.uniform(*np.log((0.7, 1.4))))) if how in ("scale", "both") else 1.0
        room = int(side * 0.75 * max(scale, 1))
        if width <= 2 * room or height <= 2 * room:
            continue
        left, top = rng.integers(0, width - side), rng.integers(0, height - side)
        cx, cy = left + side // 2, top + side // 2
        tx, ty = rng.integers(room, width - room), rng.integers(room, height - room)
        if np.hypot(cx - tx, cy - ty) < 0.75 * side * (1 + scale):
            continue
        source = np.zeros((height, width), np.float32)
        source[top : top + side, left : left + side] = _blob(rng, side)
        if grey[source > 0].std() < 3:
            continue
        matrix = cv2.getRotationMatrix2D((float(cx), float(cy)), angle, scale)
        matrix[:, 2] += [tx - cx, ty - cy]
        alpha = cv2.warpAffine(source, matrix, (width, height))
        mask = (source > 0.5) | (alpha > 0.5)
        moved = cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_CUBIC)
        if rng.random() < 0.3:
            brighter = moved * rng.uniform(0.9, 1.1) + rng.uniform(-8, 8)
            moved = np.clip(brighter, 0, 255).astype(np.uint8)
        if rng.random() < 0.5:
            alpha = cv2.GaussianBlur(alpha, (0, 0), 1.0)
        else:
            alpha = (alpha > 0.5).astype(np.float32)
        mixed = photo * (1 - alpha[..., None]) + moved * alpha[..., None]
        return Forgery(np.round(mixed).astype(np.uint8), mask, how in ("turn", "both"), scale)
    return None


def encode(rgb: Rgb, quality: int | None) -> bytes:
    """Encode as JPEG of a quality, or as PNG."""
    buffer = io.BytesIO()
    if quality is None:
        Image.fromarray(rgb).save(buffer, "PNG", compress_level=1)
    else:
        Image.fromarray(rgb).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def copied_blob(photo: Rgb, donor: Rgb, rng: np.random.Generator) -> tuple[bytes, Mask]:
    """A blob of the photo pasted in it, saved as JPEG of quality 80 to 95; ``donor`` is unused."""
    forged = paste(photo, rng)
    while forged is None:
        # A flat photo: any texture will do to have something to copy.
        noise = rng.normal(0, 6, photo.shape)
        forged = paste(np.clip(photo + noise, 0, 255).astype(np.uint8), rng)
    return encode(forged.rgb, int(rng.integers(80, 96))), forged.mask


MEANT_FOR = {"copy-move": copied_blob}

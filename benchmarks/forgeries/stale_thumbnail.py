"""Forgeries that leave the thumbnail of the untouched photo behind."""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def exif_with_thumbnail(thumbnail: bytes) -> bytes:
    """EXIF block with an orientation in IFD0 and a JPEG thumbnail in IFD1 (TIFF 6.0 layout)."""
    first, second = 8, 8 + 2 + 12 + 4
    start = second + 2 + 3 * 12 + 4
    block = b"II*\0" + struct.pack("<I", first)
    block += struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 1, 0, second)
    block += struct.pack("<H", 3)
    block += struct.pack("<HHIHH", 0x0103, 3, 1, 6, 0)
    block += struct.pack("<HHII", 0x0201, 4, 1, start)
    block += struct.pack("<HHII", 0x0202, 4, 1, len(thumbnail))
    block += struct.pack("<I", 0)
    return b"Exif\0\0" + block + thumbnail


def _jpeg(rgb: NDArray[np.uint8], quality: int, exif: bytes = b"") -> bytes:
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def stale_thumbnail(
    photo: NDArray[np.uint8], donor: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[bytes, NDArray[np.bool_]]:
    """Paste an ellipse of the donor; the thumbnail still shows the photo before."""
    height, width = photo.shape[:2]
    scale = 160 / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    axes = tuple(int(side * rng.uniform(0.07, 0.15)) for side in (width, height))
    centre = tuple(
        int(rng.uniform(a + 1, side - a - 1)) for a, side in zip(axes, (width, height), strict=True)
    )
    drawn = np.zeros((height, width), np.uint8)
    cv2.ellipse(drawn, centre, axes, 0, 0, 360, 1, -1)
    mask = drawn.astype(bool)
    fitted = np.asarray(cv2.resize(donor, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    forged = np.where(mask[..., None], fitted, photo)
    return _jpeg(forged, 90, exif_with_thumbnail(_jpeg(small, 80))), mask


MEANT_FOR = {"metadata": stale_thumbnail}

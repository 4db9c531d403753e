"""Elementary deliveries: crop, resize, recompress."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def crop(rgb: NDArray[np.uint8], top: int, left: int, height: int, width: int) -> NDArray[np.uint8]:
    """Cut a box out of a picture; clipped to the picture."""
    return np.ascontiguousarray(rgb[top : top + height, left : left + width])


def resize(rgb: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Resample a picture, by area averaging when it shrinks and bicubically when it grows."""
    height, width = rgb.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, size, interpolation=method), dtype=np.uint8)


def recompress(rgb: NDArray[np.uint8], quality: int, *, subsampled: bool = True) -> bytes:
    """Encode a picture as JPEG with libjpeg's tables.

    Args:
        rgb: uint8, height × width × 3.
        quality: 1 to 100.
        subsampled: 4:2:0 chroma, else 4:4:4.
    """
    factor = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
        if subsampled
        else (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
    )
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise ValueError(f"libjpeg refuses a picture of shape {rgb.shape}")
    return bytes(data.tobytes())

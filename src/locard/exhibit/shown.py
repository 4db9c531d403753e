"""The exhibit as it is shown to a reader: turned as its orientation asks, and small."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit.exhibit import Exhibit
from locard.exhibit.orientation import turn

Bytes = NDArray[np.uint8]


def fit_canvas(height: int, width: int, side: int) -> tuple[int, int, float]:
    """Return rows, columns and scale of a canvas whose long side is at most ``side``."""
    scale = max(1.0, max(height, width) / side)
    return max(1, round(height / scale)), max(1, round(width / scale)), scale


def shown_photo(exhibit: Exhibit, side: int) -> Bytes:
    """Return the photo as it is shown: uint8 RGB, turned, long side at most ``side``."""
    return turn(shrink(exhibit.rgb, side), exhibit.metadata.orientation)


def shrink(rgb: Bytes, side: int) -> Bytes:
    """Shrink a picture to a long side of at most ``side``."""
    rows, cols, scale = fit_canvas(rgb.shape[0], rgb.shape[1], side)
    if scale <= 1.0:
        return rgb
    return np.asarray(cv2.resize(rgb, (cols, rows), interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(rgb: Bytes, quality: int = 84) -> bytes:
    """Encode a picture for the screen."""
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()

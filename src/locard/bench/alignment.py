"""Format alignment: both classes in the same size range, from the same encoder.

A set whose authentic pictures are JPEG and whose forged ones are PNG rewards a detector of file
formats. Grommelt et al. 2024, Fake or JPEG? Revealing common biases in generated image detection
datasets, show that compression and size alone carry most published figures; they are drawn here
from one distribution for both classes.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.degrade import recompress

SHORT_SIDE = (384, 768)
QUALITY = (70, 96)


def align(
    rgb: NDArray[np.uint8], rng: np.random.Generator, mask: NDArray[np.bool_] | None = None
) -> tuple[bytes, NDArray[np.bool_] | None]:
    """Encode a picture as every other one is encoded, whatever it was before.

    The shorter side is shrunk, by area averaging, to a length drawn from `SHORT_SIDE`; nothing is
    enlarged, which would leave a trace in the small pictures alone. Then JPEG 4:2:0 with libjpeg's
    tables at a quality drawn from `QUALITY`, uniformly. Metadata and alpha are gone.

    Args:
        rgb: uint8, height × width × 3.
        mask: bool, height × width, shrunk alike (a pixel is edited when half of it is).

    Returns: the JPEG file and the mask at its size.
    """
    height, width = rgb.shape[:2]
    side = int(rng.integers(*SHORT_SIDE, endpoint=True))
    quality = int(rng.integers(*QUALITY, endpoint=True))
    if min(height, width) > side:
        scale = side / min(height, width)
        size = (round(width * scale), round(height * scale))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        if mask is not None:
            share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
            mask = np.asarray(share >= 0.5)
    return recompress(rgb, quality), mask

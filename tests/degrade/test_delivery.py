"""Elementary deliveries keep what they promise."""

import io

import numpy as np
import pytest
from PIL import Image

from locard.degrade import crop, recompress, resize


def test_crop_is_clipped(photo: np.ndarray) -> None:
    assert crop(photo, 500, 10, 100, 20).shape == (12, 20, 3)
    assert np.array_equal(crop(photo, 8, 16, 4, 4), photo[8:12, 16:20])


@pytest.mark.parametrize(("scale", "side"), [(0.5, 256), (1.5, 768)])
def test_resize(photo: np.ndarray, scale: float, side: int) -> None:
    scaled = resize(photo, scale)
    assert scaled.shape == (side, side, 3)
    assert abs(float(scaled.mean()) - float(photo.mean())) < 1


@pytest.mark.parametrize("subsampled", [True, False])
def test_recompress_keeps_colours_and_uses_the_quality(photo: np.ndarray, subsampled: bool) -> None:
    low = recompress(photo, 50, subsampled=subsampled)
    high = recompress(photo, 95, subsampled=subsampled)
    assert len(low) < len(high)
    decoded = np.asarray(Image.open(io.BytesIO(high)).convert("RGB")).astype(int)
    assert np.abs(decoded - photo).mean() < 5

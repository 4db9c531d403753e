from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from locard.exhibit.orientation import turn, turn_box, turn_point


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_agrees_with_pillow(orientation: int) -> None:
    rgb = np.random.default_rng(orientation).integers(0, 255, (5, 9, 3), dtype=np.uint8)
    image = Image.fromarray(rgb)
    exif = image.getexif()
    exif[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(turn(rgb, orientation), expected)
    # The same turn on coordinates: mark one stored pixel and find it again.
    marked = np.zeros((5, 9), np.uint8)
    marked[1, 7] = 1
    y, x = np.argwhere(turn(marked, orientation))[0]
    assert turn_point(7.5, 1.5, 9, 5, orientation) == (x + 0.5, y + 0.5)
    assert turn_box((7, 1, 1, 1), 9, 5, orientation) == (x, y, 1, 1)

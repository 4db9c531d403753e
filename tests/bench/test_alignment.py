"""Alignment leaves nothing of the format: one encoder, one range of sizes, one of qualities."""

import io

import numpy as np
from PIL import Image

from conftest import synthetic_photo
from locard.bench.alignment import SHORT_SIDE, align
from locard.exhibit import open_exhibit


def test_large_pictures_shrink_and_small_ones_stay() -> None:
    large, small = synthetic_photo(800, 1200), synthetic_photo(200, 300)
    mask = np.zeros((800, 1200), bool)
    mask[:400] = True
    data, shrunk = align(large, np.random.default_rng(0), mask)
    exhibit = open_exhibit(data)
    assert SHORT_SIDE[0] <= exhibit.height <= SHORT_SIDE[1]
    assert abs(exhibit.width / exhibit.height - 1.5) < 0.01
    assert shrunk is not None
    assert shrunk.shape == (exhibit.height, exhibit.width)
    assert abs(shrunk.mean() - 0.5) < 0.01
    kept = open_exhibit(align(small, np.random.default_rng(0))[0])
    assert (kept.height, kept.width) == (200, 300)


def test_quality_varies_and_the_seed_decides() -> None:
    photo = synthetic_photo(128, 128)
    made = [align(photo, np.random.default_rng(s))[0] for s in (1, 1, 2)]
    assert made[0] == made[1]
    assert made[0] != made[2]
    tables = [Image.open(io.BytesIO(data)).quantization for data in made]
    assert tables[0] != tables[2]

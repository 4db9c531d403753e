"""Geometry: sizes and places."""

import numpy as np
import pytest

from conftest import synthetic_photo
from locard.degrade import degrade, parse_chain

PHOTO = synthetic_photo(120, 160)


@pytest.mark.parametrize(
    ("chain", "shape"),
    [
        ("resize(scale=0.5)", (60, 80)),
        ("resize(scale=2)", (240, 320)),
        ("fit(long_side=80)", (60, 80)),
        ("fit(long_side=500)", (120, 160)),
        ("crop(keep=0.5)", (60, 80)),
        ("turn(quarters=1)", (160, 120)),
        ("rotate(degrees=10, corners=black)", (120, 160)),
        ("rotate(degrees=0)", (120, 160)),
        ("letterbox(bars=0.1, sides=rows)", (144, 160)),
        ("letterbox(bars=0.1, sides=columns, fill=blur)", (120, 192)),
        ("flip", (120, 160)),
    ],
)
def test_sizes(chain: str, shape: tuple[int, int]) -> None:
    assert degrade(PHOTO, parse_chain(chain), seed=0).rgb.shape[:2] == shape


def test_an_aligned_crop_stays_on_the_grid() -> None:
    for seed in range(6):
        made = degrade(PHOTO, parse_chain("crop(keep=0.6, aligned=true)"), seed=seed).rgb
        places = [
            (y, x)
            for y in range(0, 49, 8)
            for x in range(0, 65, 8)
            if np.array_equal(PHOTO[y : y + 72, x : x + 96], made)
        ]
        assert len(places) == 1


def test_a_cut_rotation_shows_no_corner() -> None:
    white = np.full((120, 160, 3), 255, np.uint8)
    cut = degrade(white, parse_chain("rotate(degrees=20)"), seed=0).rgb
    black = degrade(white, parse_chain("rotate(degrees=20, corners=black)"), seed=0).rgb
    assert cut.min() == 255
    assert black[0, 0].max() == 0
    height, width = cut.shape[:2]
    # cos 20° + 4/3 sin 20° = 1.396
    assert (height, width) == (int(120 / 1.3957), int(160 / 1.3957))


def test_bars_are_black_and_not_in_the_mask() -> None:
    mask = np.ones((120, 160), np.float32)
    made = degrade(PHOTO, parse_chain("letterbox(bars=0.1,sides=rows)"), seed=0, mask=mask)
    assert made.mask is not None
    assert made.rgb[:12].max() == 0
    assert made.mask[:12].max() == 0
    assert made.mask[12:132].min() == 1
    assert np.array_equal(made.rgb[12:132], PHOTO)

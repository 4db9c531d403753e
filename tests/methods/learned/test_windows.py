"""Windows that are spread over a picture, and the map that they become."""

import numpy as np
import pytest

from locard.methods.learned.backbone import SIDE
from locard.methods.learned.synthesis import Head
from locard.methods.learned.windows import MOST, head_score, spread_heat, spread_windows


@pytest.mark.parametrize("size", [(256, 256), (256, 4000), (3000, 4000), (700, 500), (9000, 224)])
def test_windows_lie_inside_on_the_block_grid_and_are_bounded(size: tuple[int, int]) -> None:
    ways = spread_windows(*size)
    assert 1 <= len(ways[0]) * len(ways[1]) <= MOST
    for places, side in zip(ways, size, strict=True):
        assert all(0 <= at <= side - SIDE and at % 8 == 0 for at in places)
        assert places == sorted(set(places))


def test_a_score_is_the_mean_of_the_heads() -> None:
    cues = {"a": np.array([1.0, 2.0], np.float32), "b": np.array([3.0], np.float32)}
    heads = {"a": Head(np.array([1.0, 1.0], np.float32), 0.0), "b": Head(np.array([1.0]), 2.0)}
    assert head_score(cues, heads) == pytest.approx((3 + 5) / 2)


def test_heat_lies_where_its_window_does() -> None:
    drawn = spread_heat(np.array([[0.0, 1.0]], np.float32), 300, 900).pixels(300, 900)
    assert drawn[:, :200].max() < 0.1 < 0.9 < drawn[:, -200:].min()

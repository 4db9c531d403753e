from __future__ import annotations

import numpy as np
import pytest

from explain.conftest import disc
from locard.content.places import (
    PlaceName,
    draw_marks,
    extent,
    inside,
    name_map,
    name_marks,
    name_part,
    name_place,
    name_region,
    things_at,
)
from locard.content.things import Thing, ThingName
from locard.explain import load_language
from locard.methods import GridMap

P = PlaceName


def block(x0: float, y0: float, x1: float, y1: float, side: int = 60) -> np.ndarray:
    """A mask with one rectangle, in shares of a square picture."""
    mask = np.zeros((side, side), bool)
    mask[round(y0 * side) : round(y1 * side), round(x0 * side) : round(x1 * side)] = True
    return mask


@pytest.mark.parametrize(
    ("x", "y", "name"),
    [
        (0.0, 0.0, P.UPPER_LEFT), (0.5, 0.5, P.CENTRE), (0.5, 0.9, P.BOTTOM),
        (1.0, 0.5, P.RIGHT), (1.0, 1.0, P.LOWER_RIGHT),
    ],
)  # fmt: skip
def test_name_place(x: float, y: float, name: PlaceName) -> None:
    assert name_place(x, y) is name


@pytest.mark.parametrize(
    ("rectangle", "name"),
    [
        ((0, 0, 1, 1), P.MOST), ((0.05, 0, 0.9, 0.95), P.MOST),
        ((0, 0, 0.5, 1), P.LEFT_HALF), ((0.5, 0, 1, 1), P.RIGHT_HALF),
        ((0, 0, 1, 0.5), P.UPPER_HALF), ((0, 0.5, 1, 1), P.LOWER_HALF),
        ((0, 0.9, 1, 1), P.STRIP_BOTTOM), ((0.02, 0, 0.98, 0.1), P.STRIP_TOP),
        ((0, 0, 0.1, 1), P.STRIP_LEFT), ((0.8, 0, 1, 1), P.STRIP_RIGHT),
        ((0, 0.4, 1, 0.6), P.BAND_ACROSS), ((0.4, 0, 0.6, 1), P.BAND_DOWN),
        ((0.1, 0.1, 0.2, 0.2), P.UPPER_LEFT), ((0.4, 0.4, 0.6, 0.6), P.CENTRE),
        ((0.7, 0.2, 0.9, 0.7), P.RIGHT),
    ],
)  # fmt: skip
def test_one_part_is_named_with_its_extent(rectangle: tuple[float, ...], name: PlaceName) -> None:
    mask = block(*rectangle)
    assert name_part(mask) is name
    assert inside(name, mask) >= 0.5
    assert name_part(mask.T) is _transposed(name)


def _transposed(name: PlaceName) -> PlaceName:
    swap = {
        P.UPPER_RIGHT: P.LOWER_LEFT, P.TOP: P.LEFT, P.RIGHT: P.BOTTOM, P.LEFT_HALF: P.UPPER_HALF,
        P.RIGHT_HALF: P.LOWER_HALF, P.STRIP_LEFT: P.STRIP_TOP, P.STRIP_RIGHT: P.STRIP_BOTTOM,
        P.BAND_ACROSS: P.BAND_DOWN,
    }  # fmt: skip
    return (swap | {v: k for k, v in swap.items()}).get(name, name)


def test_several_parts_are_named_or_called_several() -> None:
    two = (block(0, 0, 0.2, 0.2) | block(0.8, 0.8, 1, 1)).astype(np.float32)
    place = name_marks(two)
    assert place is not None
    assert set(place.names) == {P.UPPER_LEFT, P.LOWER_RIGHT}
    assert not place.more
    assert load_language("en").place(place) in (
        "in the upper left and in the lower right", "in the lower right and in the upper left",
    )  # fmt: skip
    specks = np.zeros((60, 60), np.float32)
    specks[2::9, 3::9] = 1
    place = name_marks(specks)
    assert place is not None
    assert place.names == (P.SCATTERED,)
    assert name_marks(np.zeros((9, 9), np.float32)) is None


def test_places_follow_the_shown_picture() -> None:
    def region(box: tuple[int, int, int, int], orientation: int) -> str:
        marks = GridMap(np.ones((20, 30), np.float32), 8.0)
        drawn = draw_marks(marks, 240, 160, orientation)
        return name_region(drawn, box, 240, 160, orientation).names[0]

    assert region((0, 0, 20, 20), 1) is P.UPPER_LEFT
    assert region((0, 0, 20, 20), 3) is P.LOWER_RIGHT
    assert region((0, 0, 20, 20), 6) is P.UPPER_RIGHT
    assert region((0, 0, 230, 150), 1) is P.MOST

    def named(grid: GridMap, width: int, height: int, orientation: int) -> object:
        place = name_map(grid, width, height, orientation)
        return place and place.names

    assert named(disc(0.1, 0.1), 240, 160, 1) == (P.UPPER_LEFT,)
    assert named(disc(0.1, 0.1), 240, 160, 8) == (P.LOWER_LEFT,)
    assert named(GridMap(np.zeros((4, 4), np.float32), 40.0), 240, 160, 1) is None
    assert named(GridMap(np.ones((4, 4), np.float32), 40.0), 160, 160, 1) == (P.MOST,)


@pytest.mark.parametrize(
    ("rectangle", "box", "named"),
    [
        ((0.1, 0.1, 0.3, 0.2), (0.05, 0.05, 0.9, 0.2), True),  # a word of a line
        ((0.1, 0.1, 0.5, 0.5), (0.2, 0.2, 0.4, 0.35), True),  # a face in a mark
        ((0.1, 0.1, 0.5, 0.5), (0.45, 0.2, 0.9, 0.3), False),  # beside it
        ((0.0, 0.0, 0.9, 0.9), (0.2, 0.2, 0.3, 0.3), False),  # small in a large mark
        ((0.6, 0.6, 0.9, 0.9), (0.1, 0.1, 0.3, 0.3), False),
    ],
)
def test_things_name_marks_that_lie_on_them(
    rectangle: tuple[float, ...], box: tuple[float, float, float, float], named: bool
) -> None:
    things = (Thing(ThingName.TEXT, box), Thing(ThingName.TEXT, box))
    found = things_at(block(*rectangle), things)
    assert found == ((ThingName.TEXT,) if named else ())


def test_lines_of_a_paragraph_count_together() -> None:
    lines = [Thing(ThingName.TEXT, (0.1, y, 0.6, y + 0.02)) for y in (0.1, 0.2, 0.3, 0.4)]
    mark = block(0.05, 0.05, 0.65, 0.5)
    assert things_at(mark, lines[:1]) == ()
    assert things_at(mark, lines) == (ThingName.TEXT,)


def test_extents_hold_the_picture_and_overlap() -> None:
    for name in PlaceName:
        left, top, right, bottom = extent(name)
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
    assert extent(P.LEFT)[2] > extent(P.CENTRE)[0]

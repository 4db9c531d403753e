"""Places in the picture as names, on the turned picture that the reader sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.content.things import Thing, ThingName
from locard.exhibit.orientation import Box, turn, turn_box, turned_size
from locard.methods import GridMap

Mask = NDArray[np.bool_]

# Long side of the grid on which marks are named.
_GRID = 96
# Cells overlap by this share of a side: nobody sees where exactly "left" ends.
_SLACK = 1 / 12
# Things that fill less than this share of a mark do not say where it is.
_LEAST_THING = 0.1


class PlaceName(StrEnum):
    """Names of places; the values are the English words, other languages use the names."""

    UPPER_LEFT = "in the upper left"
    TOP = "at the top"
    UPPER_RIGHT = "in the upper right"
    LEFT = "on the left"
    CENTRE = "in the centre"
    RIGHT = "on the right"
    LOWER_LEFT = "in the lower left"
    BOTTOM = "at the bottom"
    LOWER_RIGHT = "in the lower right"
    STRIP_LEFT = "in a strip along the left edge"
    STRIP_RIGHT = "in a strip along the right edge"
    STRIP_TOP = "in a strip along the top"
    STRIP_BOTTOM = "in a strip along the bottom"
    BAND_ACROSS = "in a band across the middle"
    BAND_DOWN = "in a band down the middle"
    LEFT_HALF = "over the whole left half"
    RIGHT_HALF = "over the whole right half"
    UPPER_HALF = "over the whole upper half"
    LOWER_HALF = "over the whole lower half"
    SCATTERED = "in several places"
    MOST = "over most of the picture"


_CELLS = (
    (PlaceName.UPPER_LEFT, PlaceName.TOP, PlaceName.UPPER_RIGHT),
    (PlaceName.LEFT, PlaceName.CENTRE, PlaceName.RIGHT),
    (PlaceName.LOWER_LEFT, PlaceName.BOTTOM, PlaceName.LOWER_RIGHT),
)
# Left, top, right and bottom of what each of the other names covers, as shares of the picture.
_EXTENTS = {
    PlaceName.STRIP_LEFT: (0.0, 0.0, 0.42, 1.0),
    PlaceName.STRIP_RIGHT: (0.58, 0.0, 1.0, 1.0),
    PlaceName.STRIP_TOP: (0.0, 0.0, 1.0, 0.42),
    PlaceName.STRIP_BOTTOM: (0.0, 0.58, 1.0, 1.0),
    PlaceName.BAND_ACROSS: (0.0, 0.2, 1.0, 0.8),
    PlaceName.BAND_DOWN: (0.2, 0.0, 0.8, 1.0),
    PlaceName.LEFT_HALF: (0.0, 0.0, 0.55, 1.0),
    PlaceName.RIGHT_HALF: (0.45, 0.0, 1.0, 1.0),
    PlaceName.UPPER_HALF: (0.0, 0.0, 1.0, 0.55),
    PlaceName.LOWER_HALF: (0.0, 0.45, 1.0, 1.0),
    PlaceName.SCATTERED: (0.0, 0.0, 1.0, 1.0),
    PlaceName.MOST: (0.0, 0.0, 1.0, 1.0),
}
_HALVES = (
    PlaceName.LEFT_HALF,
    PlaceName.RIGHT_HALF,
    PlaceName.UPPER_HALF,
    PlaceName.LOWER_HALF,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mark is, for a reader.

    Attributes:
        names: the strongest part of the mark first, two at most.
        share: of the picture that is marked, 0 to 1.
        more: whether there are further parts that the names leave out.
        things: what was found there that a person would name.
    """

    names: tuple[PlaceName, ...]
    share: float
    more: bool = False
    things: tuple[ThingName, ...] = ()

    @property
    def thing(self) -> ThingName | None:
        """The first thing that it is named by."""
        return self.things[0] if self.things else None


def draw_marks(grid: GridMap, width: int, height: int, orientation: int) -> NDArray[np.float32]:
    """Draw a map small, as it is shown: float32, 0 to 1, long side of 96 cells at most."""
    scale = max(1.0, max(width, height) / _GRID)
    rows, cols = max(1, round(height / scale)), max(1, round(width / scale))
    return turn(grid.sample(rows, cols, scale), orientation)


def name_place(x: float, y: float) -> PlaceName:
    """Name one of nine parts of the picture ("in the upper left").

    Args:
        x, y: 0 to 1 from the left and top of the picture as it is shown.
    """
    return _CELLS[min(2, max(0, int(y * 3)))][min(2, max(0, int(x * 3)))]


def extent(name: PlaceName) -> tuple[float, float, float, float]:
    """Return what a name covers: left, top, right, bottom as shares of the shown picture.

    The nine parts overlap a little, as words do.
    """
    if name in _EXTENTS:
        return _EXTENTS[name]
    row, col = next((r, c) for r in range(3) for c in range(3) if _CELLS[r][c] is name)
    low, high = -_SLACK, 1 / 3 + _SLACK
    return (
        max(0.0, col / 3 + low), max(0.0, row / 3 + low),
        min(1.0, col / 3 + high), min(1.0, row / 3 + high),
    )  # fmt: skip


def inside(name: PlaceName, mask: Mask) -> float:
    """Return the share, 0 to 1, of a mark that lies in what a name covers; 0 for no mark.

    Args: mask: of the shown picture, at any resolution.
    """
    rows, cols = mask.shape
    left, top, right, bottom = extent(name)
    part = mask[round(top * rows) : round(bottom * rows), round(left * cols) : round(right * cols)]
    return float(part.sum()) / max(1.0, float(mask.sum()))


def covers(name: PlaceName, mask: Mask) -> float:
    """Return the share, 0 to 1, of what a name covers that is marked."""
    rows, cols = mask.shape
    left, top, right, bottom = extent(name)
    part = mask[round(top * rows) : round(bottom * rows), round(left * cols) : round(right * cols)]
    return float(part.mean()) if part.size else 0.0


@cache
def _half(name: PlaceName, rows: int, cols: int) -> Mask:
    half = np.zeros((rows, cols), bool)
    match name:
        case PlaceName.LEFT_HALF:
            half[:, : cols // 2] = True
        case PlaceName.RIGHT_HALF:
            half[:, cols // 2 :] = True
        case PlaceName.UPPER_HALF:
            half[: rows // 2] = True
        case _:
            half[rows // 2 :] = True
    return half


def name_part(mask: Mask) -> PlaceName:
    """Name where one connected mark is, with its extent.

    A mark on more than 0.6 of the picture is "over most of it"; one that fills three quarters of
    a half and little of the other is that half; one that runs along nearly a whole side in a third
    of the picture is a strip; everything else has the name of the cell its centre lies in.

    Args: mask: of the shown picture; something must be marked.
    """
    rows, cols = mask.shape
    if mask.mean() > 0.6:
        return PlaceName.MOST
    for name in _HALVES:
        half = _half(name, rows, cols)
        if mask[half].mean() >= 0.75 and mask[~half].mean() <= 0.2:
            return name
    ys, xs = np.nonzero(mask)
    x0, x1 = np.quantile(xs, (0.02, 0.98)) / cols
    y0, y1 = np.quantile(ys, (0.02, 0.98)) / rows
    x, y = (float(xs.mean()) + 0.5) / cols, (float(ys.mean()) + 0.5) / rows
    wide, high = float(x1 - x0), float(y1 - y0)
    filled = float(mask.mean()) / max(wide * high, 1e-6) >= 0.5
    if filled and wide >= 0.8 and high <= 0.34:
        return (
            PlaceName.STRIP_TOP
            if y < 0.3
            else PlaceName.STRIP_BOTTOM
            if y > 0.7
            else PlaceName.BAND_ACROSS
        )
    if filled and high >= 0.8 and wide <= 0.34:
        return (
            PlaceName.STRIP_LEFT
            if x < 0.3
            else PlaceName.STRIP_RIGHT
            if x > 0.7
            else PlaceName.BAND_DOWN
        )
    return name_place(x, y)


def name_marks(drawn: NDArray[np.float32]) -> Place | None:
    """Name where a drawn map marks something (0.5 or more), or None where it marks nothing.

    The strongest connected parts decide, not the centre of gravity: two marks in opposite corners
    are not "in the centre".

    Args: drawn: of the shown picture, see `draw_marks`.
    """
    mask = drawn >= 0.5
    share = float(mask.mean())
    if share == 0.0:
        return None
    if share > 0.6:
        return Place((PlaceName.MOST,), share)
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    strength = np.bincount(labels.ravel(), weights=(drawn * mask).ravel(), minlength=count)
    strength[0] = 0.0
    order = np.argsort(-strength)
    total = float(strength.sum())
    names: list[PlaceName] = []
    told = 0.0
    for label in order[: count - 1]:
        if strength[label] < 0.2 * total and names:
            break
        name = name_part(labels == label)
        told += float(strength[label])
        if name not in names:
            if len(names) == 2:
                told -= float(strength[label])
                break
            names.append(name)
        if told >= 0.7 * total:
            break
    # Many specks are everywhere and nowhere; the strongest of them is not where it happened.
    if told < 0.4 * total:
        names = [PlaceName.SCATTERED]
    return Place(tuple(names), share, more=told < 0.7 * total and names[0] != PlaceName.SCATTERED)


def things_at(mask: Mask, things: Sequence[Thing]) -> tuple[ThingName, ...]:
    """Return the things that a mark lies on: half of the smaller of the two is in the other.

    Specks on something large name nothing, nor does what fills little of a large mark; lines of a
    paragraph count together.

    Args: mask: of the shown picture; something must be marked.
    """
    fine = np.kron(mask, np.ones((4, 4), bool)) if things else mask
    rows, cols = fine.shape
    area = float(fine.sum())
    filled: dict[ThingName, float] = {}
    for thing in things:
        left, top, right, bottom = thing.box
        window = (
            slice(max(0, round(top * rows)), max(1, round(bottom * rows))),
            slice(max(0, round(left * cols)), max(1, round(right * cols))),
        )
        shared, size = float(fine[window].sum()), float(fine[window].size)
        if shared >= 0.5 * min(size, area):
            filled[thing.name] = filled.get(thing.name, 0.0) + size
    return tuple(name for name, size in filled.items() if size >= _LEAST_THING * area)


def name_map(
    grid: GridMap, width: int, height: int, orientation: int, things: Sequence[Thing] = ()
) -> Place | None:
    """Name where a map of the stored grid marks something, or None where it marks nothing."""
    drawn = draw_marks(grid, width, height, orientation)
    place = name_marks(drawn)
    return place and replace(place, things=things_at(drawn >= 0.5, things))


def name_region(
    marked: NDArray[np.float32],
    box: Box,
    width: int,
    height: int,
    orientation: int,
    things: Sequence[Thing] = (),
) -> Place:
    """Name where a region is: what is marked within its box.

    Args:
        marked: the mask, drawn by `draw_marks`.
        box: of the region on the stored grid.
        things: what was found in the picture.
    """
    wide, high = turned_size(width, height, orientation)
    x, y, w, h = turn_box(box, width, height, orientation)
    rows, cols = marked.shape
    own = np.zeros(marked.shape, bool)
    top, left = int(y / high * rows), int(x / wide * cols)
    window = (
        slice(top, max(top + 1, round((y + h) / high * rows))),
        slice(left, max(left + 1, round((x + w) / wide * cols))),
    )
    own[window] = marked[window] >= 0.5
    if not own.any():
        own[window] = True
    return Place((name_part(own),), float(own.mean()), things=things_at(own, things))

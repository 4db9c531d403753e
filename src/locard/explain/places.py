"""Places in the picture: on the turned picture that the reader sees, and in words.

Methods and maps live on the stored pixel grid; a reader sees the picture turned as its EXIF
orientation asks. Everything that is said or drawn for a reader goes through here.
"""

from __future__ import annotations

import numpy as np

from locard.explain import wording
from locard.methods import GridMap

Box = tuple[int, int, int, int]

_GRID = 96


def turned_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Return (width, height) of the picture as it is shown."""
    return (height, width) if orientation >= 5 else (width, height)


def turn_point(
    x: float, y: float, width: int, height: int, orientation: int
) -> tuple[float, float]:
    """Move a point from the stored grid to the picture as it is shown.

    Args:
        x, y: in stored pixels, 0 at the left and top edge.
        width, height: of the stored grid.
        orientation: EXIF orientation, 1 to 8 (CIPA DC-008, 4.6.4.A).
    """
    match orientation:
        case 2:
            return width - x, y
        case 3:
            return width - x, height - y
        case 4:
            return x, height - y
        case 5:
            return y, x
        case 6:
            return height - y, x
        case 7:
            return height - y, width - x
        case 8:
            return y, width - x
        case _:
            return x, y


def turn_box(box: Box, width: int, height: int, orientation: int) -> Box:
    """Move a box (x, y, width, height) from the stored grid to the picture as it is shown."""
    x, y, w, h = box
    x0, y0 = turn_point(x, y, width, height, orientation)
    x1, y1 = turn_point(x + w, y + h, width, height, orientation)
    left, top = round(min(x0, x1)), round(min(y0, y1))
    return left, top, round(abs(x1 - x0)), round(abs(y1 - y0))


def name_place(x: float, y: float) -> str:
    """Name one of nine parts of the picture ("in the upper left").

    Args:
        x, y: 0 to 1 from the left and top of the picture as it is shown.
    """
    return wording.PLACES[min(2, max(0, int(y * 3)))][min(2, max(0, int(x * 3)))]


def name_box(box: Box, width: int, height: int, orientation: int) -> str:
    """Name the part of the picture in which a box of the stored grid lies."""
    wide, high = turned_size(width, height, orientation)
    x, y, w, h = turn_box(box, width, height, orientation)
    if w * h > 0.6 * wide * high:
        return wording.MOST
    return name_place((x + w / 2) / wide, (y + h / 2) / high)


def name_map(heatmap: GridMap, width: int, height: int, orientation: int) -> str | None:
    """Name the part of the picture that a map marks, or None where it marks nothing.

    The strongest spot decides, not the centre of gravity: two marks in opposite corners are not
    "in the centre".
    """
    scale = max(width, height) / _GRID
    rows, cols = max(1, round(height / scale)), max(1, round(width / scale))
    drawn = heatmap.sample(rows, cols, scale)
    marked = drawn >= 0.5
    share = float(marked.mean())
    if share == 0.0:
        return None
    if share > 0.6:
        return wording.MOST
    ys, xs = np.nonzero(marked)
    peak = int(np.argmax(drawn[ys, xs]))
    near = (np.abs(ys - ys[peak]) <= rows / 6) & (np.abs(xs - xs[peak]) <= cols / 6)
    x, y = (float(xs[near].mean()) + 0.5) * scale, (float(ys[near].mean()) + 0.5) * scale
    wide, high = turned_size(width, height, orientation)
    shown_x, shown_y = turn_point(x, y, width, height, orientation)
    return name_place(shown_x / wide, shown_y / high)

"""The stored pixel grid and the picture as it is shown.

Methods and maps live on the stored grid; a reader sees the picture turned as its EXIF orientation
asks. Everything that is said or drawn for a reader goes through here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# x, y, width, height in pixels.
Box = tuple[int, int, int, int]


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


def turn(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn rows × columns [× channels] from the stored grid to the picture as it is shown."""
    if orientation >= 5:
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return np.ascontiguousarray(array)

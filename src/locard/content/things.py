"""Things that name a place better than "in the upper left": a line of text, a face."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from locard.content.text import Line, find_text
from locard.exhibit.orientation import Box, turn

# Text is looked for at this longer side at most: smaller letters name no place to a reader.
_SEARCH = 1600


class ThingName(StrEnum):
    """Names of things; the values are the English words, other languages use the names."""

    TEXT = "on a line of text"
    FACE = "over a face"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something in the picture.

    Attributes:
        box: in shares of the picture as it is shown: left, top, right, bottom.
    """

    name: ThingName
    box: tuple[float, float, float, float]


def find_things(
    rgb: NDArray[np.uint8], orientation: int = 1, face_detector: str | Path | None = None
) -> tuple[Thing, ...]:
    """Find lines of text and, with a detector, faces.

    Args:
        rgb: uint8, height × width × 3, on the stored grid.
        orientation: EXIF orientation.
        face_detector: see `locard.content.faces.find_faces`.

    Raises: ValueError, one sentence, for a file that is no face detector.
    """
    shown = turn(rgb, orientation)
    scale = max(1.0, max(shown.shape[:2]) / _SEARCH)
    height, width = (max(1, round(side / scale)) for side in shown.shape[:2])
    small = cv2.resize(shown, (width, height), interpolation=cv2.INTER_AREA)
    text = find_text(np.asarray(small, np.uint8))
    boxes = [(ThingName.TEXT, _around(line)) for line in (text.lines if text else ())]
    if face_detector is not None:
        from locard.content.faces import find_faces

        found = find_faces(np.asarray(small, np.uint8), face_detector)
        boxes += [(ThingName.FACE, face.box) for face in found]
    return tuple(
        Thing(name, (x / width, y / height, (x + w) / width, (y + h) / height))
        for name, (x, y, w, h) in boxes
    )


def _around(line: Line) -> Box:
    """The box of a line, with the room that a reader counts to it."""
    edge = round(0.25 * line.size)
    left = min(x.x for x in line.letters) - edge
    top = min(x.y for x in line.letters) - edge
    right = max(x.x + x.width for x in line.letters) + edge
    bottom = max(x.y + x.height for x in line.letters) + edge
    return left, top, right - left, bottom - top

"""The pictures that a model gets: the exhibit as it is shown, and its marked regions."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from locard.exhibit import Exhibit
from locard.exhibit.orientation import Box, turn, turn_box, turned_size
from locard.exhibit.shown import jpeg, shown_photo
from locard.explain.case import Item
from locard.explain.models.contract import Picture
from locard.opinion import Region

PICTURE_SIDE = 1024
CROP_SIDE = 448
MAX_REGIONS = 3
_QUALITY = 90
# Shown around a region on each side, in parts of its own size: an edit is seen against its
# surroundings.
_MARGIN = 0.4
# Orientations undo themselves, except for the two quarter turns.
_INVERSE = {6: 8, 8: 6}


def pictures_to_send(exhibit: Exhibit, regions: Sequence[Region]) -> tuple[Picture, ...]:
    """Return the exhibit as it is shown, 1024 pixels at most, and crops of its first regions."""
    first = enumerate(regions[:MAX_REGIONS], 1)
    crops = [_crop(exhibit, region.box, f"region {i}") for i, region in first]
    return (whole_picture(exhibit), *crops)


def whole_picture(exhibit: Exhibit) -> Picture:
    """Return the exhibit as it is shown, 1024 pixels at most."""
    return _picture("the picture", shown_photo(exhibit, PICTURE_SIDE))


def _picture(title: str, rgb: np.ndarray) -> Picture:
    height, width = rgb.shape[:2]
    return Picture(title, jpeg(rgb, _QUALITY), width, height)


def _crop(exhibit: Exhibit, box: Box, title: str) -> Picture:
    x, y, w, h = box
    dx, dy = round(_MARGIN * w) + 8, round(_MARGIN * h) + 8
    rgb = exhibit.rgb[max(0, y - dy) : y + h + dy, max(0, x - dx) : x + w + dx]
    scale = max(rgb.shape[:2]) / CROP_SIDE
    if scale > 1:
        size = (max(1, round(rgb.shape[1] / scale)), max(1, round(rgb.shape[0] / scale)))
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _picture(title, turn(rgb, exhibit.metadata.orientation))


def to_shown(box: Box, item: Item) -> list[int]:
    """Turn (x, y, width, height) in stored pixels into thousandths of the picture as shown.

    Returns: left, top, right, bottom, 0 to 1000.
    """
    wide, high = turned_size(item.width, item.height, item.orientation)
    x, y, w, h = turn_box(box, item.width, item.height, item.orientation)
    edges = (x / wide, y / high, (x + w) / wide, (y + h) / high)
    return [min(1000, max(0, round(1000 * edge))) for edge in edges]


def to_stored(box: list[int] | None, item: Item) -> Box:
    """Turn a model's box back: (x, y, width, height) in stored pixels; None is everything."""
    wide, high = turned_size(item.width, item.height, item.orientation)
    left, top, right, bottom = box or (0, 0, 1000, 1000)
    x, y = round(left * wide / 1000), round(top * high / 1000)
    w = max(1, round(right * wide / 1000) - x)
    h = max(1, round(bottom * high / 1000) - y)
    return turn_box((x, y, w, h), wide, high, _INVERSE.get(item.orientation, item.orientation))

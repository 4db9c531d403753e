"""JPEG ghosts: found in JPEG files and in PNG files, not in photos without a pasted part."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import open_exhibit
from locard.methods.container.jpeg_ghost import jpeg_ghost


def encoded(picture: NDArray[np.uint8], quality: int | None) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(picture)
    if quality is None:
        image.save(stream, "PNG", compress_level=1)
    else:
        image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def resaved(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    return np.array(Image.open(io.BytesIO(encoded(picture, quality))))


@pytest.mark.parametrize("last", [None, 93])
@pytest.mark.parametrize("part_has_it", [True, False])
def test_finds_the_part_with_another_quality(
    photo: NDArray[np.uint8], last: int | None, part_has_it: bool
) -> None:
    mask = np.zeros(photo.shape[:2], bool)
    mask[150:330, 170:370] = True
    low = resaved(photo, 60)
    inside, outside = (low, photo) if part_has_it else (photo, low)
    forged = np.where(mask[:, :, None], inside, outside)
    (finding,) = jpeg_ghost.examine(open_exhibit(encoded(forged, last)))
    assert finding.score is not None
    assert finding.score > 20
    assert finding.facts["part_has_the_ghost"] is part_has_it
    assert finding.heatmap is not None
    heat = finding.heatmap.pixels(*mask.shape)
    assert heat[mask].mean() > 0.5
    assert heat[~mask].mean() < 0.1


@pytest.mark.parametrize("last", [None, 93])
@pytest.mark.parametrize("first", [None, 70])
def test_leaves_an_untouched_photo_alone(
    photo: NDArray[np.uint8], first: int | None, last: int | None
) -> None:
    picture = photo if first is None else resaved(photo, first)
    (finding,) = jpeg_ghost.examine(open_exhibit(encoded(picture, last)))
    assert finding.score is not None
    assert finding.score < 8
    assert finding.heatmap is not None
    assert finding.heatmap.values.mean() < 0.02


def test_follows_the_grid_of_a_cropped_png(photo: NDArray[np.uint8]) -> None:
    cropped = np.ascontiguousarray(resaved(photo, 75)[5:, 2:])
    cropped[150:330, 170:370] = photo[::-1, ::-1][150:330, 170:370]
    (finding,) = jpeg_ghost.examine(open_exhibit(encoded(cropped, None)))
    assert (finding.facts["grid_origin_y_px"], finding.facts["grid_origin_x_px"]) == (3, 6)
    assert finding.score is not None
    assert finding.score > 20
    assert finding.facts["part_has_the_ghost"] is False


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((200, 300, 3), np.uint8),
        np.full((131, 129), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (128, 2048, 3), dtype=np.uint8),
        np.zeros((40, 40, 3), np.uint8),
    ],
    ids=["black", "white grey", "noise panorama", "small"],
)
def test_strange_exhibits_score_nothing(picture: NDArray[np.uint8]) -> None:
    (finding,) = jpeg_ghost.examine(open_exhibit(picture))
    assert not finding.applicable or (finding.score is not None and finding.score < 3)

"""Double JPEG compression: the part that differs is found, a photo saved twice is not blamed."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import open_exhibit
from locard.methods.container.double_jpeg import double_jpeg


def jpeg(picture: NDArray[np.uint8], quality: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def resaved(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    return np.array(Image.open(io.BytesIO(jpeg(picture, quality))))


def auc(heat: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    order = np.argsort(np.concatenate([heat[mask], heat[~mask]]), kind="stable")
    ranks = np.empty(order.size)
    ranks[order] = np.arange(order.size)
    inside = mask.sum()
    return float((ranks[:inside].mean() - (inside - 1) / 2) / (order.size - inside))


@pytest.mark.parametrize(("dy", "dx"), [(0, 0), (3, 5)])
def test_finds_the_part_that_was_compressed_once(
    photo: NDArray[np.uint8], dy: int, dx: int
) -> None:
    forged = np.ascontiguousarray(resaved(photo, 65)[dy:, dx:])
    mask = np.zeros(forged.shape[:2], bool)
    mask[160:320, 180:380] = True
    forged[mask] = photo[::-1, ::-1][dy:, dx:][mask]
    exhibit = open_exhibit(jpeg(forged, 92))
    (finding,) = double_jpeg.examine(exhibit)
    assert finding.score is not None
    assert finding.score > 15
    assert finding.heatmap is not None
    assert auc(finding.heatmap.pixels(exhibit.height, exhibit.width), mask) > 0.9
    word = "shifted" if dx else "aligned"
    quality = finding.facts[f"{word}_first_quality_ijg"]
    assert isinstance(quality, int)
    assert abs(quality - 65) <= 4
    if dx:
        # The first grid starts where the crop left its next line.
        assert (finding.facts["shift_y_px"], finding.facts["shift_x_px"]) == (5, 3)


@pytest.mark.parametrize(("dy", "dx"), [(0, 0), (2, 7)])
def test_states_but_does_not_count_a_photo_saved_twice(
    photo: NDArray[np.uint8], dy: int, dx: int
) -> None:
    twice = jpeg(np.ascontiguousarray(resaved(photo, 70)[dy:, dx:]), 90)
    (finding,) = double_jpeg.examine(open_exhibit(twice))
    assert finding.facts["shifted" if dx else "aligned"] is True
    assert finding.score is not None
    assert finding.score < 8
    assert finding.heatmap is not None
    assert finding.heatmap.values.mean() < 0.02


def test_leaves_a_photo_saved_once_alone(photo_jpeg: bytes) -> None:
    (finding,) = double_jpeg.examine(open_exhibit(photo_jpeg))
    assert finding.score == 0.0
    assert finding.facts["aligned"] is False
    assert finding.facts["shifted"] is False


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((200, 300, 3), np.uint8),
        np.full((131, 129, 3), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (128, 2048, 3), dtype=np.uint8),
    ],
    ids=["black", "white", "noise panorama"],
)
@pytest.mark.parametrize("quality", [5, 100])
def test_strange_exhibits_score_nothing(picture: NDArray[np.uint8], quality: int) -> None:
    (finding,) = double_jpeg.examine(open_exhibit(jpeg(picture, quality)))
    assert not finding.applicable or (finding.score is not None and finding.score < 3)


def test_needs_a_jpeg_file_of_some_size(photo: NDArray[np.uint8]) -> None:
    assert not double_jpeg.examine(open_exhibit(photo))[0].applicable
    assert not double_jpeg.examine(open_exhibit(jpeg(photo[:64, :64], 80)))[0].applicable


def test_grey_jpeg_is_examined(photo: NDArray[np.uint8]) -> None:
    stream = io.BytesIO()
    Image.fromarray(photo).convert("L").save(stream, "JPEG", quality=85)
    (finding,) = double_jpeg.examine(open_exhibit(stream.getvalue()))
    assert finding.applicable
    assert finding.score == 0.0

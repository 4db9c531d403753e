"""JPEG grid: its origin, foreign grids, and no false alarm where there is none."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import binom

from locard.exhibit import open_exhibit
from locard.methods.container.blocking_grid import jpeg_grid, log10_binomial_tail


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


@pytest.mark.parametrize(("dy", "dx"), [(0, 0), (3, 6), (7, 1)])
def test_states_the_origin_of_the_grid(photo: NDArray[np.uint8], dy: int, dx: int) -> None:
    cropped = np.ascontiguousarray(resaved(photo, 80)[dy:, dx:])
    (finding,) = jpeg_grid.examine(open_exhibit(encoded(cropped, None)))
    assert finding.facts["grid_found"] is True
    assert finding.facts["grid_origin_y_px"] == -dy % 8
    assert finding.facts["grid_origin_x_px"] == -dx % 8
    assert finding.score is not None
    assert finding.score < 8


@pytest.mark.parametrize("last", [None, 97])
def test_finds_a_part_on_another_grid(photo: NDArray[np.uint8], last: int | None) -> None:
    forged = resaved(photo, 85).copy()
    mask = np.zeros(photo.shape[:2], bool)
    mask[150:330, 170:370] = True
    donor = np.roll(resaved(np.ascontiguousarray(photo[:, ::-1]), 75), (3, 5), (0, 1))
    forged[mask] = donor[mask]
    (finding,) = jpeg_grid.examine(open_exhibit(encoded(forged, last)))
    assert finding.score is not None
    assert finding.score > 15
    grids = finding.facts["foreign_grids"]
    assert isinstance(grids, list)
    assert grids[0] == "(5, 3) px"
    assert finding.heatmap is not None
    heat = finding.heatmap.pixels(*mask.shape)
    assert heat[mask].mean() > 0.6
    assert heat[~mask].mean() < 0.15


def test_a_photo_never_compressed_has_no_grid(photo: NDArray[np.uint8]) -> None:
    (finding,) = jpeg_grid.examine(open_exhibit(photo))
    assert finding.facts["grid_found"] is False
    assert finding.score is not None
    assert finding.score < 3


@pytest.mark.parametrize("quality", [60, 95])
def test_leaves_a_cropped_and_resaved_photo_alone(photo: NDArray[np.uint8], quality: int) -> None:
    twice = encoded(np.ascontiguousarray(resaved(photo, 75)[2:, 5:]), quality)
    (finding,) = jpeg_grid.examine(open_exhibit(twice))
    assert finding.score is not None
    assert finding.score < 8
    assert finding.heatmap is not None
    assert finding.heatmap.values.mean() < 0.02


def test_large_exhibits_vote_on_some_rows(photo: NDArray[np.uint8]) -> None:
    large = np.tile(resaved(photo, 80), (4, 4, 1))
    large[800:1200, 600:1100] = np.roll(large, (3, 5), (0, 1))[800:1200, 600:1100]
    (finding,) = jpeg_grid.examine(open_exhibit(large))
    assert finding.heatmap is not None
    assert finding.heatmap.step > 8
    heat = finding.heatmap.pixels(*large.shape[:2])
    assert heat[850:1150, 650:1050].mean() > 0.8
    assert heat[1300:].mean() < 0.05


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((200, 300, 3), np.uint8),
        np.full((65, 129), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (64, 1024, 3), dtype=np.uint8),
        np.zeros((40, 40, 3), np.uint8),
    ],
    ids=["black", "white grey", "noise panorama", "small"],
)
def test_strange_exhibits_score_nothing(picture: NDArray[np.uint8]) -> None:
    (finding,) = jpeg_grid.examine(open_exhibit(picture))
    assert not finding.applicable or (finding.score is not None and finding.score < 3)


@pytest.mark.parametrize(("hits", "trials"), [(10, 100), (60, 100), (100, 100)])
def test_the_bound_is_above_the_binomial_tail_but_near(hits: int, trials: int) -> None:
    bound = log10_binomial_tail(
        np.array([hits], np.float32), np.array([trials], np.float32), 1 / 64
    )[0]
    exact = binom.logsf(hits - 1, trials, 1 / 64) / np.log(10)
    assert exact - 0.01 <= bound <= exact + 2.0

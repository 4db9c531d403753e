"""The demosaicing method on synthetic mosaics with a known phase."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from locard import open_exhibit
from locard.methods import Status
from locard.methods.sensor.demosaicing import cfa, errors_by_phase, pattern_scores


def scene(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """Blobs at several scales, edges and noise, with colour."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 120.0)
    for scale, strength in ((64, 30.0), (16, 10.0), (4, 5.0)):
        small = (height // scale + 2, width // scale + 2)
        field = rng.normal(0, 1, (*small, 1)) + 0.5 * rng.normal(0, 1, (*small, 3))
        picture += strength * cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)
    picture[height // 4 : height // 2, width // 3 : width // 2] += 30
    picture += rng.normal(0, 3, picture.shape)
    return np.clip(picture, 5, 250).astype(np.uint8)


def bilinear(picture: NDArray[np.uint8], red: tuple[int, int]) -> NDArray[np.uint8]:
    """Sample through a Bayer filter with red at (row, column) and interpolate bilinearly."""
    sites = np.zeros(picture.shape, np.float32)
    sites[red[0] :: 2, red[1] :: 2, 0] = 1
    sites[1 - red[0] :: 2, 1 - red[1] :: 2, 2] = 1
    sites[:, :, 1] = 1 - sites[:, :, 0] - sites[:, :, 2]
    square = np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32) / 4
    cross = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]], np.float32) / 4
    planes = [
        cv2.filter2D(picture[:, :, c] * sites[:, :, c], -1, kernel)
        for c, kernel in enumerate((square, cross, square))
    ]
    return np.clip(np.stack(planes, axis=2).round(), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("red", "index"), [((0, 0), 0), ((1, 1), 1), ((0, 1), 2), ((1, 0), 3)])
def test_blocks_vote_for_the_pattern_they_were_sampled_with(
    red: tuple[int, int], index: int
) -> None:
    errors = errors_by_phase(bilinear(scene(128, 128, 1), red), (0.0,))
    votes = pattern_scores(errors).argmax(axis=0)
    assert (votes == index).mean() > 0.95


@pytest.mark.parametrize("red", [(0, 1), (1, 1)])
def test_finds_a_region_of_another_phase(red: tuple[int, int]) -> None:
    photo = bilinear(scene(512, 512, 2), (0, 0))
    photo[160:288, 240:368] = bilinear(scene(512, 512, 3), red)[160:288, 240:368]
    (finding,) = cfa.examine(open_exhibit(photo))
    assert finding.score is not None
    assert finding.score > 10
    assert finding.facts["deviation"] == "foreign"
    assert finding.facts["main_pattern"] == "RGGB"
    assert finding.heatmap is not None
    heat = finding.heatmap.pixels(512, 512)
    assert heat[176:272, 256:352].mean() > 0.8
    heat[144:304, 224:384] = 0
    assert heat.mean() < 0.02


def test_finds_a_region_without_a_mosaic() -> None:
    photo = bilinear(scene(512, 512, 4), (1, 0))
    photo[320:448, 64:192] = scene(512, 512, 5)[320:448, 64:192]
    (finding,) = cfa.examine(open_exhibit(photo))
    assert finding.score is not None
    assert finding.score > 5
    assert finding.heatmap is not None
    heat = finding.heatmap.pixels(512, 512)
    inside = heat[336:432, 80:176].mean()
    heat[304:464, 48:208] = 0
    assert inside > 0.4
    assert finding.facts["deviation"] == "absent"
    assert heat.mean() < 0.02


def test_leaves_a_demosaiced_photo_alone() -> None:
    (finding,) = cfa.examine(open_exhibit(bilinear(scene(384, 515, 6), (0, 1))))
    assert finding.status is Status.DERIVED
    assert finding.score == 0
    assert finding.heatmap is not None
    assert finding.heatmap.values.max() < 0.2
    assert finding.reliability is not None
    assert finding.reliability.values.mean() > 0.8


@pytest.mark.parametrize(
    "picture",
    [
        scene(300, 300, 7),
        np.full((200, 200, 3), 128, np.uint8),
        np.zeros((256, 256, 3), np.uint8),
        np.repeat(scene(200, 200, 8)[:, :, :1], 3, axis=2),
        scene(40, 60, 9),
        scene(130, 1601, 10),
    ],
)
def test_says_when_there_is_no_trace(picture: NDArray[np.uint8]) -> None:
    (finding,) = cfa.examine(open_exhibit(picture))
    assert finding.status is Status.NOT_APPLICABLE
    assert finding.reason


def test_the_number_is_of_the_kind_of_region_that_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A strong area without a pattern beside a weak one of another is the former."""
    foreign, absent = np.full((2, 64, 64), -9, np.float32)
    foreign[50, 60], absent[10:30, 10:30] = 1.2, 29.5
    empty = np.zeros((64, 64), np.float32)
    found = lambda *given: (foreign, absent, empty, empty)  # noqa: E731
    monkeypatch.setattr("locard.methods.sensor.demosaicing.deviations", found)
    exhibit = open_exhibit(bilinear(scene(512, 512, 3), (0, 0)))
    (finding,) = cfa.examine(exhibit)
    assert finding.facts["deviation"] == "absent"
    assert "shows none (10^-29.5" in finding.says
    # Of one area with both, the votes for another pattern say more.
    foreign[12, 12] = 20.0
    (finding,) = cfa.examine(exhibit)
    assert finding.score == pytest.approx(29.5)
    foreign[:] = np.where(absent > 0, 20.0, -9)
    (finding,) = cfa.examine(exhibit)
    assert finding.facts["deviation"] == "foreign"
    assert "another demosaicing pattern (10^-20.0" in finding.says

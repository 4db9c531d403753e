"""Local resampling: what was enlarged or turned is found, a photo resized as a whole is not."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from conftest import synthetic_photo
from locard.exhibit import open_exhibit
from locard.methods.pixel.resampling import (
    BLOCK,
    candidate_transforms,
    resampling,
    strongest_peak,
)

INSIDE = (slice(250, 490), slice(400, 640))


@pytest.fixture(scope="module")
def large():
    return synthetic_photo(768, 768, 1)


def transformed(photo: np.ndarray, scale: float, angle: float) -> np.ndarray:
    """Paste a square of the photo, enlarged and turned."""
    matrix = cv2.getRotationMatrix2D((384.0, 384.0), angle, scale)
    source = cv2.warpAffine(
        photo, matrix, (768, 768), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    forged = photo.copy()
    forged[INSIDE] = source[264:504, 264:504]
    return forged


def area_under_curve(heat: np.ndarray, mask: np.ndarray) -> float:
    inside, outside = np.sort(heat[mask]), np.sort(heat[~mask])
    below = np.searchsorted(outside, inside, "left") + np.searchsorted(outside, inside, "right")
    return float(below.mean() / (2 * outside.size))


@pytest.mark.parametrize(("scale", "angle"), [(1.25, 0.0), (1.45, 0.0), (1.0, 12.0)])
def test_an_interpolated_area_is_found_and_located(large, scale, angle):
    finding = resampling.examine(open_exhibit(transformed(large, scale, angle)))[0]
    mask = np.zeros((768, 768), bool)
    mask[INSIDE] = True
    assert finding.score > 8
    heat = finding.heatmap.pixels(768, 768)
    assert area_under_curve(heat, mask) > 0.9
    assert heat[mask].mean() > 0.3 > heat[~mask].mean()
    candidates = zip(
        finding.facts["candidate_scales"], finding.facts["candidate_rotations_deg"], strict=True
    )
    assert any(abs(s - scale) < 0.05 and abs(a - angle) <= 2 for s, a in candidates)


def test_an_untouched_photo_is_left_alone(photo):
    finding = resampling.examine(open_exhibit(photo))[0]
    assert finding.score < 3
    assert finding.heatmap.values.max() < 0.1


def test_a_jpeg_grid_is_not_resampling(photo_jpeg):
    finding = resampling.examine(open_exhibit(photo_jpeg))[0]
    assert finding.score < 3


def test_a_photo_resized_as_a_whole_is_left_alone(photo):
    resized = cv2.resize(photo, None, fx=1.3, fy=1.3, interpolation=cv2.INTER_CUBIC)
    finding = resampling.examine(open_exhibit(resized))[0]
    assert finding.score < 5


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [((0.0, 0.2), (1.25, 0.0)), ((0.207, 0.022), (1.0, 12.0)), ((0.0, 0.375), (1.6, 0.0))],
)
def test_transforms_that_explain_a_peak(frequency, expected):
    close = [
        (scale, angle)
        for scale, angle in candidate_transforms(frequency)
        if abs(scale - expected[0]) < 0.03 and abs(angle - expected[1]) <= 1
    ]
    assert close


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.full((300, 300), 77, np.uint8), "plain"),
        (np.zeros((300, 900, 3), np.uint8), "plain"),
        (np.zeros((200, 900, 3), np.uint8), "256"),
    ],
)
def test_strange_pictures_are_not_applicable(picture, reason):
    finding = resampling.examine(open_exhibit(picture))[0]
    assert not finding.applicable
    assert reason in finding.reason


def test_grey_and_long_pictures_are_examined():
    noise = np.random.default_rng(0).integers(0, 256, (257, 4099), dtype=np.uint8)
    finding = resampling.examine(open_exhibit(noise))[0]
    assert finding.applicable
    assert finding.score < 3


def test_heic_is_left_alone(large):
    stream = io.BytesIO()
    picture = Image.fromarray(transformed(large, 1.25, 0.0))
    pillow_heif.from_pillow(picture).save(stream, quality=60)
    finding = resampling.examine(open_exhibit(stream.getvalue()))[0]
    assert finding.score is None
    assert "HEIC" in finding.reason


@pytest.mark.parametrize("stride", [64, 174, 306])
def test_blocks_far_apart_are_no_more_than_themselves(stride):
    """Powers of noise, each block on its own: none is unlikely, however far they lie apart."""
    powers = np.random.default_rng(0).exponential(1, (24, 32, BLOCK, BLOCK)).astype(np.float32)
    assert strongest_peak(powers, stride).nfa_log10 < 2

"""Splicing residuals: another history is found, another content is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from conftest import synthetic_photo
from locard.exhibit import open_exhibit
from locard.methods.pixel.splicebuster import (
    CLASSES,
    Grid,
    cell_histograms,
    splicing_residual,
    unexplained,
)

MASK = cv2.circle(np.zeros((768, 768), np.uint8), (430, 330), 130, 1, -1) > 0


@pytest.fixture(scope="module")
def large():
    return synthetic_photo(768, 768, 3)


def spliced(host: np.ndarray, donor: np.ndarray) -> np.ndarray:
    alpha = cv2.GaussianBlur(MASK.astype(np.float32), (0, 0), 1.5)[:, :, None]
    return np.round(host + alpha * (donor.astype(np.float32) - host)).astype(np.uint8)


def area_under_curve(heat: np.ndarray, mask: np.ndarray) -> float:
    inside, outside = np.sort(heat[mask]), np.sort(heat[~mask])
    below = np.searchsorted(outside, inside, "left") + np.searchsorted(outside, inside, "right")
    return float(below.mean() / (2 * outside.size))


@pytest.mark.parametrize("history", ["denoised", "resized"])
def test_an_object_with_another_history_is_found_and_located(large, history):
    donor = synthetic_photo(768, 768, 4)
    if history == "denoised":
        donor = cv2.bilateralFilter(donor, 5, 20, 2)
    else:
        donor = cv2.resize(donor[:512, :512], (768, 768), interpolation=cv2.INTER_CUBIC)
    untouched = splicing_residual.examine(open_exhibit(large))[0]
    finding = splicing_residual.examine(open_exhibit(spliced(large, donor)))[0]
    heat = finding.heatmap.pixels(768, 768)
    assert finding.score > untouched.score + 0.3
    assert area_under_curve(heat, MASK) > 0.9
    assert heat[MASK].mean() > 2 * heat[~MASK].mean()


def test_an_untouched_photo_is_left_alone(large):
    finding = splicing_residual.examine(open_exhibit(large))[0]
    assert finding.score < 1.2
    assert finding.heatmap.values.max() < 0.5


def test_the_finding_repeats(large):
    first, second = (splicing_residual.examine(open_exhibit(large))[0] for _ in range(2))
    assert first.score == second.score
    assert np.array_equal(first.heatmap.values, second.heatmap.values)


def test_words_have_25_classes_under_negation_and_reversal():
    assert CLASSES == 25
    luma = np.random.default_rng(0).uniform(0, 255, (96, 128)).astype(np.float32)
    counts, negative, turned, transposed = (
        cell_histograms(np.ascontiguousarray(x), np.zeros(x.shape, bool), 32, 20.0).sum(axis=(0, 1))
        for x in (luma, 255 - np.rint(luma), luma[::-1, ::-1], luma.T)
    )
    assert np.array_equal(counts, negative)
    # The last six rows and columns have no word that starts in them, so that a turned picture
    # counts other words; a transposed one the same.
    assert np.abs(counts - turned).sum() < 0.02 * counts.sum()
    assert np.array_equal(counts, transposed)


def test_ignored_pixels_are_not_counted():
    luma = np.random.default_rng(0).uniform(0, 255, (64, 64)).astype(np.float32)
    ignored = np.zeros(luma.shape, bool)
    ignored[:, 32:] = True
    counts = cell_histograms(luma, ignored, 32, 20.0).sum(axis=(2, 3))
    assert counts[0, 0] == 4 * 32 * 32
    assert not counts[:, 1].any()


def test_the_regression_removes_what_content_explains():
    rng = np.random.default_rng(0)
    regressors = np.column_stack([np.ones(400), rng.normal(size=(400, 2))])
    features = regressors @ rng.normal(size=(3, 5)) + 0.01 * rng.normal(size=(400, 5))
    # A tenth of the windows follows another rule and must not bend the fit.
    features[:40] += 3.0
    rest = unexplained(features, regressors, np.ones(400))
    assert np.abs(rest[40:]).max() < 0.3
    assert rest[:40].min() > 2.5


@pytest.mark.parametrize(
    ("height", "width"), [(256, 256), (1000, 1000), (3000, 4000), (6000, 8000), (256, 16000)]
)
def test_windows_stay_few_at_any_size(height, width):
    grid = Grid.of(height, width)
    assert grid.step * grid.size >= 96
    assert (height // grid.step) * (width // grid.step) <= 10_000


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.full((300, 300), 77, np.uint8), "plain"),
        (np.zeros((300, 900, 3), np.uint8), "plain"),
        (np.repeat(np.arange(256, dtype=np.uint8)[None], 256, axis=0), "little"),
        (np.zeros((200, 900, 3), np.uint8), "256"),
    ],
)
def test_strange_pictures_are_not_applicable(picture, reason):
    finding = splicing_residual.examine(open_exhibit(picture))[0]
    assert not finding.applicable
    assert reason in finding.reason


def test_grey_and_long_pictures_are_examined():
    noise = np.random.default_rng(0).integers(0, 256, (257, 4099), dtype=np.uint8)
    finding = splicing_residual.examine(open_exhibit(noise))[0]
    assert finding.applicable
    assert finding.score < 1.2

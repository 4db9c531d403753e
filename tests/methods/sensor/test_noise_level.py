"""The noise-level method on synthetic photos with known noise."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from locard import open_exhibit
from locard.methods import Status
from locard.methods.sensor.noise_level import noise_floor, noise_level, region_contrasts

REGION = (slice(160, 288), slice(224, 352))


def content(height: int, width: int, seed: int) -> NDArray[np.float64]:
    """Smooth structure at several scales with edges, without noise."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 120.0)
    for scale, strength in ((64, 30.0), (24, 10.0), (8, 2.0)):
        small = (height // scale + 2, width // scale + 2)
        field = rng.normal(0, 1, (*small, 1)) + 0.3 * rng.normal(0, 1, (*small, 3))
        picture += strength * cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(12):
        y, x = rng.integers(0, height - 40), rng.integers(0, width - 40)
        picture[y : y + rng.integers(20, 80), x : x + rng.integers(20, 80)] += rng.normal(0, 20)
    return picture


def develop(clean: NDArray[np.float64], sigma: NDArray[np.float64] | float, seed: int) -> bytes:
    """Add noise that grows with brightness and save as JPEG of quality 98."""
    noise = np.random.default_rng(seed).normal(0, 1, clean.shape)
    strength = np.asarray(sigma) * np.sqrt(np.clip(clean, 20, 255) / 128)
    pixels = np.clip((clean + strength * noise).round(), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=98, subsampling=0)
    return buffer.getvalue()


def test_floor_follows_sigma_and_ignores_edges() -> None:
    rng = np.random.default_rng(0)
    step = np.full((256, 256), 60.0)
    step[:, 128:] = 180
    quiet, loud = (
        noise_floor((step + rng.normal(0, sigma, step.shape)).astype(np.float32))
        for sigma in (2.0, 6.0)
    )
    np.testing.assert_allclose(np.median(loud) / np.median(quiet), 3, rtol=0.05)
    assert 0.7 < np.median(quiet) / 2 < 1
    assert quiet.max() < 2.5


@pytest.mark.parametrize(("inside", "noisier"), [(7.0, True), (0.7, False)])
def test_finds_a_region_with_another_noise_level(inside: float, noisier: bool) -> None:
    sigma = np.full((512, 512, 1), 2.5)
    sigma[REGION] = inside
    (finding,) = noise_level.examine(open_exhibit(develop(content(512, 512, 1), sigma, 2)))
    assert finding.score is not None
    assert finding.score > 0.5
    assert finding.facts["noisier"] is noisier
    assert finding.heatmap is not None
    heat = finding.heatmap.pixels(512, 512)
    mask = np.zeros((512, 512), bool)
    mask[REGION] = True
    ranks = np.argsort(np.argsort(heat[::4, ::4].ravel()))
    flags = mask[::4, ::4].ravel()
    n = flags.sum()
    auc = (ranks[flags].sum() - n * (n - 1) / 2) / (n * (~flags).sum())
    assert auc > 0.9
    assert heat[200:248, 264:312].mean() > 0.5


def test_the_ratio_is_of_the_region_and_not_of_one_cell() -> None:
    found = []
    for seed in range(6):
        deviation = np.random.default_rng(seed).normal(0, 0.35, (64, 64)).astype(np.float32)
        deviation[20:36, 28:44] += np.log(1.6)
        _, contrast, apart = region_contrasts(deviation, np.ones((64, 64), bool))
        assert np.unravel_index(np.abs(contrast).argmax(), contrast.shape)[0] in range(20, 36)
        found.append(np.exp(apart))
    # The window where it is largest, of a few cells and not of one.
    np.testing.assert_allclose(found, 1.6, rtol=0.25)


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_leaves_a_photo_with_sensor_noise_alone(seed: int) -> None:
    (finding,) = noise_level.examine(open_exhibit(develop(content(448, 613, seed), 2.5, seed)))
    assert finding.status is Status.DERIVED
    assert finding.score is not None
    assert finding.score < 0.5
    assert finding.heatmap is not None
    assert (finding.heatmap.values > 0.5).mean() < 0.02


@pytest.mark.parametrize(
    "picture",
    [
        np.full((200, 200, 3), 128, np.uint8),
        np.zeros((256, 256, 3), np.uint8),
        np.full((256, 256), 255, np.uint8),
        np.full((40, 60, 3), 90, np.uint8),
    ],
)
def test_says_when_there_is_no_noise_to_compare(picture: NDArray[np.uint8]) -> None:
    (finding,) = noise_level.examine(open_exhibit(picture))
    assert finding.status is Status.NOT_APPLICABLE
    assert finding.reason


@pytest.mark.parametrize("shape", [(131, 2051), (128, 128), (701, 133)])
def test_takes_grey_and_odd_sizes(shape: tuple[int, int]) -> None:
    grey = np.clip(content(*shape, 6)[:, :, 0], 0, 255)
    noisy = grey + np.random.default_rng(7).normal(0, 3, shape)
    (finding,) = noise_level.examine(open_exhibit(np.clip(noisy, 0, 255).astype(np.uint8)))
    assert finding.status is Status.DERIVED
    assert finding.heatmap is not None
    assert finding.heatmap.pixels(*shape).shape == shape

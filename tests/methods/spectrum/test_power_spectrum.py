from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from locard.exhibit import open_exhibit
from locard.methods import Question, Status
from locard.methods.spectrum import power_spectrum as ps


def coloured_noise(
    slope: float, seed: int = 0, side: int = 512, bend: float = 0.0
) -> NDArray[np.float32]:
    """A picture whose power falls as f ** slope, times exp(bend · o²), o octaves above 0.07."""
    rng = np.random.default_rng(seed)
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij"))
    f[0, 0] = 1.0
    octaves = np.maximum(np.log2(f / 0.07), -2.0)
    shape = f ** (slope / 2) * np.exp(bend / 2 * octaves**2)
    picture = np.fft.irfft2(np.fft.rfft2(rng.normal(0, 1, (side, side))) * shape)
    picture *= 35 / picture.std()
    return np.clip(picture + 128, 0, 255).astype(np.float32)


def rgb(luma: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.repeat(np.round(luma).astype(np.uint8)[:, :, None], 3, axis=2)


def jpeg(luma: NDArray[np.float32], quality: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(rgb(luma)).save(out, "JPEG", quality=quality)
    return out.getvalue()


@pytest.mark.parametrize("slope", [-1.5, -2.0, -2.5])
def test_slope_of_a_power_law_is_found_and_it_does_not_curve(slope: float) -> None:
    found = ps.measure(coloured_noise(slope))
    assert found is not None
    assert found.slope == pytest.approx(slope, abs=0.15)
    assert abs(found.curvature) < 1.0
    assert abs(found.high_db) < 1.5


def test_curvature_is_in_db_per_octave_squared() -> None:
    # Power exp(b o²) is 10 b o² / ln 10 dB, whose second derivative is 20 b / ln 10.
    straight, bent = (ps.measure(coloured_noise(-2.0, bend=bend)) for bend in (0.0, 0.4))
    assert straight is not None
    assert bent is not None
    assert bent.curvature - straight.curvature == pytest.approx(20 * 0.4 / np.log(10), abs=0.8)


def test_a_bent_spectrum_scores_higher_than_a_photo_like_one() -> None:
    photo = ps.power_spectrum.run(open_exhibit(rgb(coloured_noise(-2.0))))
    bent = ps.power_spectrum.run(open_exhibit(rgb(coloured_noise(-2.0, bend=0.8))))
    assert photo.status is Status.INFERRED
    assert abs(photo.score) < 0.3
    assert bent.score > photo.score + 0.2
    assert ps.power_spectrum.question is Question.GENERATED


def test_a_periodic_pattern_is_the_strongest_peak() -> None:
    y, x = np.mgrid[:512, :512]
    pattern = 6 * np.cos(2 * np.pi * (0.3125 * y + 0.1953125 * x))
    found = ps.measure((coloured_noise(-2.2) + pattern).astype(np.float32))
    assert found is not None
    assert found.peak_db > 10
    assert np.abs(found.peak_frequency) == pytest.approx((0.3125, 0.1953125), abs=1 / ps.TILE)


def test_a_grid_of_eight_raises_the_eighths_and_not_the_score() -> None:
    plain = coloured_noise(-2.0)
    gridded = plain.copy()
    gridded[::8, ::8] += 20
    before, after = ps.measure(plain), ps.measure(gridded)
    assert before is not None
    assert after is not None
    assert abs(before.grid_db) < 1.5
    assert after.grid_db > before.grid_db + 3
    model = ps.shipped_model()
    assert abs(model.log10_odds(after.curvature) - model.log10_odds(before.curvature)) < 0.1


def test_jpeg_peaks_are_not_reported_as_others() -> None:
    luma = coloured_noise(-4.0)
    before = ps.measure(luma)
    after = ps.measure(open_exhibit(jpeg(luma, 10)).luma)
    assert before is not None
    assert after is not None
    assert after.grid_db > before.grid_db + 3
    assert np.hypot(*after.peak_frequency) > 0.1
    nearest = np.round(np.array(after.peak_frequency) * 8) / 8
    assert np.abs(after.peak_frequency - nearest).max() > 2 / ps.TILE


def test_recompression_hardly_moves_the_score() -> None:
    luma = coloured_noise(-2.1, seed=4)
    scores = [ps.power_spectrum.run(open_exhibit(jpeg(luma, q))).score for q in (60, 75, 95)]
    assert max(scores) - min(scores) < 0.15


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((300, 300, 3), np.uint8),
        np.full((200, 3000), 128, np.uint8),
        np.full((256, 256, 3), 255, np.uint8),
    ],
)
def test_flat_exhibits_are_not_judged(pixels: NDArray[np.uint8]) -> None:
    finding = ps.power_spectrum.run(open_exhibit(pixels))
    assert finding.status is Status.NOT_APPLICABLE
    assert finding.reason == "no part has enough texture for a spectrum"


def test_small_grey_and_long_exhibits() -> None:
    grey = rgb(coloured_noise(-2.0))[:, :, 0]
    assert ps.power_spectrum.run(open_exhibit(grey[:128, :128])).score is not None
    assert ps.power_spectrum.run(open_exhibit(np.tile(grey[:128], (1, 8)))).facts["tiles"] == 12
    (finding,) = ps.power_spectrum.examine(open_exhibit(grey[:127, :400]))
    assert finding.status is Status.NOT_APPLICABLE
    assert "128 pixels" in (finding.reason or "")


def test_the_shipped_model_is_sound() -> None:
    model = ps.shipped_model()
    assert model.lowest < model.highest
    assert model.weight > 0
    extremes = model.log10_odds([-1e9, 1e9])
    assert np.abs(extremes).max() < 2

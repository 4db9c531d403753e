"""Histogram and spectrum against what is known of the pixels."""

from __future__ import annotations

import numpy as np
import pytest

from locard.serve.views import ViewError, histogram, spectrum


def test_a_histogram_counts_each_channel() -> None:
    rgb = np.zeros((4, 5, 3), np.uint8)
    rgb[..., 0] = 255
    rgb[0, 0] = (10, 20, 30)
    counts = histogram(rgb)
    assert counts["red"][255] == 19
    assert counts["red"][10] == counts["green"][20] == counts["blue"][30] == 1
    assert counts["luma"][76] == 19, "0.299 of 255"
    assert all(sum(values) == 20 for values in counts.values())


@pytest.mark.parametrize("shape", [(128, 128), (700, 1200), (64, 900)])
def test_a_spectrum_shows_a_wave_at_its_frequency(shape: tuple[int, int]) -> None:
    columns = np.arange(shape[1])
    wave = 128 + 60 * np.cos(2 * np.pi * columns / 4)
    rgb = np.repeat(np.broadcast_to(wave, shape)[..., None], 3, axis=2).astype(np.uint8)
    drawn = spectrum(rgb)
    side = drawn.shape[0]
    row, column = np.unravel_index(np.argmax(drawn), drawn.shape)
    assert drawn.shape == (side, side)
    assert (row, abs(column - side // 2)) == (side // 2, side // 4)
    assert drawn[row, column] == 255


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_area_has_no_strong_frequency(level: int) -> None:
    assert spectrum(np.full((64, 64, 3), level, np.uint8)).max() == 0


def test_noise_has_no_preferred_frequency() -> None:
    rng = np.random.default_rng(1)
    drawn = spectrum(rng.integers(0, 256, (512, 512, 3), dtype=np.uint8)).astype(float)
    quarters = [drawn[:256, :256], drawn[256:, 256:], drawn[:256, 256:]]
    assert max(q.mean() for q in quarters) - min(q.mean() for q in quarters) < 3


def test_too_small_a_part_has_no_spectrum() -> None:
    with pytest.raises(ViewError, match="16 × 16"):
        spectrum(np.zeros((15, 90, 3), np.uint8))

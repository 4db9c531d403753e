"""The error level view: absolute, cheap, and never counted."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from locard.exhibit import open_exhibit
from locard.methods import Cost
from locard.methods.pixel.error_level import FULL_SCALE, QUALITY, error_level, error_levels


def recompressed(photo: np.ndarray, quality: int) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(photo).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream).convert("RGB"))


def test_the_view_is_shown_and_not_counted():
    assert error_level.counted is False
    assert error_level.cost is Cost.CHEAP


def test_cells_are_the_mean_difference_of_pillows_recompression(photo):
    expected = np.abs(recompressed(photo, QUALITY).astype(int) - photo).mean(axis=2)
    expected = expected.reshape(64, 8, 64, 8).mean(axis=(1, 3))
    levels = error_levels(photo).values * FULL_SCALE
    # The two encoders round the colour conversion differently.
    assert np.abs(levels - expected).mean() < 0.5


def test_an_untouched_paste_stands_out_in_a_recompressed_photo(photo):
    forged = recompressed(photo, QUALITY).copy()
    noise = np.random.default_rng(1).integers(-9, 10, (128, 128, 3))
    forged[192:320, 192:320] = np.clip(forged[192:320, 192:320] + noise, 0, 255)
    finding = error_level.examine(open_exhibit(forged))[0]
    heat = finding.heatmap.values
    assert heat[24:40, 24:40].mean() > 3 * heat[:20].mean()


def test_the_scale_is_absolute(photo):
    finding = error_level.examine(open_exhibit(recompressed(photo, QUALITY)))[0]
    assert finding.heatmap.values.max() < 0.5


@pytest.mark.parametrize("shape", [(64, 64), (67, 131, 3), (80, 1280, 3)])
def test_a_constant_picture_has_no_error(shape):
    finding = error_level.examine(open_exhibit(np.full(shape, 128, np.uint8)))[0]
    assert finding.applicable
    assert finding.heatmap.values.max() == 0.0


def test_a_tiny_picture_is_not_applicable():
    finding = error_level.examine(open_exhibit(np.zeros((32, 200, 3), np.uint8)))[0]
    assert not finding.applicable
    assert "64" in finding.reason


def test_a_side_longer_than_a_jpeg_can_have(monkeypatch, photo):
    whole = error_levels(photo).values
    monkeypatch.setattr("locard.methods.pixel.error_level._LONGEST", 208)
    # Only where parts meet, by how colours are drawn there.
    apart = np.abs(error_levels(photo).values - whole)
    assert apart.max() < 0.1
    assert (apart > 0).mean() < 0.2
    monkeypatch.undo()
    tall = np.tile(photo[:, :64], (130, 1, 1))
    assert tall.shape[0] > 65_536
    heat = error_level.examine(open_exhibit(tall))[0].heatmap.values
    assert heat[-64:].mean() == pytest.approx(heat[:64].mean(), rel=0.05)

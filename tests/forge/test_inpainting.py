import numpy as np
import pytest

from locard.forge.inpainting import fill_with_patches


def test_a_periodic_texture_is_continued():
    ys, xs = np.mgrid[:96, :96]
    stripes = (127 + 100 * np.sin(2 * np.pi * xs / 12)).astype(np.uint8)
    rgb = np.stack([stripes, stripes // 2, 255 - stripes], axis=2)
    hole = (np.abs(ys - 48) < 12) & (np.abs(xs - 48) < 14)
    broken = rgb.copy()
    broken[hole] = 255
    out = fill_with_patches(broken, hole, np.random.default_rng(0))
    assert (out[~hole] == rgb[~hole]).all()
    assert np.abs(out[hole].astype(int) - rgb[hole]).mean() < 12


def test_nothing_to_fill_and_nothing_to_fill_with():
    rgb = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    assert (fill_with_patches(rgb, np.zeros((40, 40), bool), np.random.default_rng(0)) == rgb).all()
    with pytest.raises(ValueError, match="no whole patch"):
        fill_with_patches(rgb, np.ones((40, 40), bool), np.random.default_rng(0))

import cv2
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
    out, source = fill_with_patches(broken, hole, np.random.default_rng(0))
    assert not source[hole].any()
    assert (out[~hole] == rgb[~hole]).all()
    assert np.abs(out[hole].astype(int) - rgb[hole]).mean() < 12


def test_nothing_to_fill_and_nothing_to_fill_with():
    rgb = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    out, source = fill_with_patches(rgb, np.zeros((40, 40), bool), np.random.default_rng(0))
    assert (out == rgb).all()
    assert not source.any()
    with pytest.raises(ValueError, match="no whole patch"):
        fill_with_patches(rgb, np.ones((40, 40), bool), np.random.default_rng(0))


def test_it_says_where_whole_pieces_came_from():
    noise = cv2.GaussianBlur(np.random.default_rng(0).standard_normal((120, 160, 3)), (0, 0), 4)
    clouds = np.clip(127 + 40 * noise / noise.std(), 0, 255).astype(np.uint8)
    hole = np.zeros((120, 160), bool)
    hole[50:70, 30:50] = True
    out, source = fill_with_patches(clouds, hole, np.random.default_rng(0))
    assert 49 <= source.sum() < hole.sum()
    assert not source[hole].any()
    # What was taken is found again in the hole.
    ys, xs = np.nonzero(source)
    piece = out[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    found = cv2.matchTemplate(out[50:70, 30:50], piece[2:-2, 2:-2], cv2.TM_CCOEFF_NORMED)
    assert found.max() > 0.8

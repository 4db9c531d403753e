import cv2
import numpy as np
import pytest

from conftest import synthetic_photo
from locard.forge import Photo, Unsuitable
from locard.forge.regions import (
    blend,
    bounds,
    brush,
    choose_region,
    clean,
    feather,
    lasso,
    name_region,
    visible_change,
)


@pytest.mark.parametrize("draw", [lasso, brush])
@pytest.mark.parametrize("shape", [(200, 300), (64, 500)])
def test_a_drawn_region_is_soft_inside_and_of_the_asked_size(draw, shape):
    shares = []
    for seed in range(20):
        matte = draw(np.random.default_rng(seed), *shape)
        assert matte.shape == shape
        assert matte.dtype == np.float32
        assert matte.min() >= 0
        assert matte.max() <= 1
        assert ((matte > 0) & (matte < 1)).any()
        shares.append(float((matte > 0.5).mean()))
    assert min(shares) > 0.005
    assert max(shares) < 0.15


def test_regions_differ_by_seed_and_repeat_by_seed():
    one, again, other = (lasso(np.random.default_rng(s), 128, 128) for s in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_all_ways_to_choose_a_region_are_taken():
    photo = Photo(synthetic_photo(160, 160), "0" * 64, "a.jpg")
    hows = {choose_region(np.random.default_rng(seed), photo)[1] for seed in range(12)}
    assert {"lasso", "brush"} <= hows


def test_a_tiny_photo_is_unsuitable():
    photo = Photo(np.zeros((40, 300, 3), np.uint8), "0" * 64, "a.jpg")
    with pytest.raises(Unsuitable, match="smaller than 64"):
        choose_region(np.random.default_rng(0), photo)


def test_blend_keeps_the_host_under_zero_and_the_layer_under_one():
    rng = np.random.default_rng(0)
    host = rng.integers(0, 256, (40, 40, 3), np.uint8)
    layer = rng.integers(0, 256, (40, 40, 3), np.uint8)
    matte = np.zeros((40, 40), np.float32)
    matte[10:20], matte[20:30] = 0.25, 1
    mixed = blend(host, layer, matte)
    assert np.array_equal(mixed[:10], host[:10])
    assert np.array_equal(mixed[20:30], layer[20:30])
    wanted = host[10:20] + 0.25 * (layer[10:20].astype(float) - host[10:20])
    assert np.abs(mixed[10:20] - wanted).max() <= 0.5
    assert visible_change(host, host, matte) == 0


def test_bounds_and_name_of_a_region():
    matte = np.zeros((90, 120), np.float32)
    matte[5:10, 100:110] = 1
    assert bounds(matte, 6) == (slice(0, 16), slice(94, 116))
    assert name_region(matte) == "in the upper right"
    with pytest.raises(ValueError, match="empty"):
        bounds(np.zeros_like(matte))


def test_clean_drops_what_eight_bits_cannot_hold():
    assert clean(np.array([[1e-4, 0.3, 0.9999]])).tolist() == [[0, np.float32(0.3), 1]]


@pytest.mark.parametrize("sigma", [0.5, 3.0, 12.0])
def test_a_matte_is_feathered_as_if_the_whole_picture_were_blurred(sigma: float) -> None:
    matte = np.zeros((90, 140), np.float32)
    matte[40:60, 100:140] = 1
    whole = cv2.GaussianBlur(matte, (0, 0), sigma)
    whole[whole < 0.5 / 255] = 0
    whole[whole > 1 - 0.5 / 255] = 1
    np.testing.assert_allclose(feather(matte, sigma), whole, atol=1e-6)
    assert not feather(np.zeros_like(matte), sigma).any()

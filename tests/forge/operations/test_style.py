import numpy as np
import pytest

from conftest import synthetic_photo
from locard.forge import Photo, Unsuitable
from locard.forge.operations import style


@pytest.fixture(scope="module")
def host():
    return Photo(synthetic_photo(160, 200), "0" * 64, "a.jpg")


@pytest.fixture(scope="module")
def donor():
    warm = np.clip(synthetic_photo(120, 150, 5) * [1.3, 0.9, 0.5], 0, 255).astype(np.uint8)
    return Photo(warm, "1" * 64, "b.jpg")


def test_colours_come_nearer_to_the_donors(host, donor):
    kinds = set()
    for seed in range(8):
        forged = style.colour_transfer(host, [donor], np.random.default_rng(seed))
        assert forged.donors == (0,)
        assert (forged.mask == 1).all()
        kinds.add(forged.parameters["kind"])
        means = [p.mean(axis=(0, 1)) for p in (host.rgb, forged.rgb, donor.rgb)]
        balance = [float(mean[0] - mean[2]) for mean in means]
        assert balance[0] + 5 < balance[1] < balance[2] + 15
    assert kinds == {"moments", "covariance"}


def test_black_and_white_stay(donor):
    rgb = np.zeros((90, 90, 3), np.uint8)
    rgb[30:60], rgb[60:] = 128, 255
    forged = style.colour_transfer(Photo(rgb, "2", "c"), [donor], np.random.default_rng(0))
    assert forged.rgb[:30].max() <= 2
    assert forged.rgb[60:].min() >= 253
    assert np.ptp(forged.rgb[40, 40].astype(int)) > 10


def test_a_painting_is_smoother_and_repeats_by_seed(host):
    kinds = set()
    for seed in range(16):
        forged = style.painted(host, [], np.random.default_rng(seed))
        again = style.painted(host, [], np.random.default_rng(seed))
        assert np.array_equal(forged.rgb, again.rgb)
        assert (forged.mask == 1).all()
        kinds.add(forged.parameters["kind"])
        grain = [
            np.median(np.abs(np.diff(p[:, :, 1].astype(int), 2, axis=1)))
            for p in (host.rgb, forged.rgb)
        ]
        assert grain[1] < grain[0]
    assert kinds == {"domain transform", "brush strokes", "poster"}


def test_what_has_the_style_already_is_unsuitable(host):
    with pytest.raises(Unsuitable, match="already"):
        style.colour_transfer(host, [host], np.random.default_rng(0))

import numpy as np
import pytest

from conftest import synthetic_photo
from locard.forge import Photo, Unsuitable
from locard.forge.operations.warp import Dab, liquify, warp


@pytest.fixture(scope="module")
def host():
    return Photo(synthetic_photo(220, 260), "0" * 64, "a.jpg")


def test_a_push_moves_the_centre_by_what_was_asked():
    rgb = np.zeros((200, 200, 3), np.uint8)
    rgb[95:106, 95:106] = 255
    forged, matte = warp(Photo(rgb, "0" * 64, "a.png"), [Dab(100, 100, 80, (12, -6))])
    ys, xs = np.nonzero(forged[:, :, 0] > 128)
    assert xs.mean() == pytest.approx(112, abs=1)
    assert ys.mean() == pytest.approx(94, abs=1)
    assert matte[100, 100] == 1
    assert matte[10, 10] == 0


@pytest.mark.parametrize(("swell", "grows"), [(0.3, True), (-0.3, False)])
def test_swelling_enlarges_and_pinching_shrinks(swell, grows):
    ys, xs = np.mgrid[:200, :200]
    disk = (ys - 100) ** 2 + (xs - 100) ** 2 < 30**2
    rgb = np.repeat(disk[:, :, None].astype(np.uint8) * 255, 3, axis=2)
    forged, _ = warp(Photo(rgb, "0" * 64, "a.png"), [Dab(100, 100, 90, swell=swell)])
    area = (forged[:, :, 0] > 128).sum() / disk.sum()
    assert (area > 1.2) if grows else (area < 0.85)


def test_no_dab_folds_the_picture():
    grid = np.stack(np.meshgrid(np.arange(120), np.arange(120)), axis=-1).astype(np.float32)
    for dab in (
        Dab(60, 60, 50, (15, 0)),
        Dab(60, 60, 50, swell=0.35),
        Dab(60, 60, 50, swell=-0.35),
    ):
        origin = dab.origin(grid)
        assert (np.diff(origin[:, :, 0], axis=1) > 0).all()
        assert (np.diff(origin[:, :, 1], axis=0) > 0).all()


def test_outside_the_mask_every_bit_is_the_hosts(host):
    kinds = set()
    for seed in range(25):
        forged = liquify(host, [], np.random.default_rng(seed))
        outside = forged.mask == 0
        assert outside.any()
        assert np.array_equal(forged.rgb[outside], host.rgb[outside])
        assert forged.mask.max() == 1
        assert " was " in forged.says
        kinds.add(forged.parameters["kind"])
    assert kinds == {"push", "slim", "bloat", "pinch", "twirl"}


def test_the_same_seed_gives_the_same_bytes(host):
    one, two = (liquify(host, [], np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one.rgb, two.rgb)
    assert np.array_equal(one.mask, two.mask)


def test_a_flat_or_tiny_photo_is_unsuitable():
    with pytest.raises(Unsuitable, match="change visibly"):
        liquify(Photo(np.zeros((99, 99, 3), np.uint8), "0", "a"), [], np.random.default_rng(0))
    with pytest.raises(Unsuitable, match="smaller"):
        liquify(Photo(np.zeros((30, 99, 3), np.uint8), "0", "a"), [], np.random.default_rng(0))

import numpy as np
import pytest

from forge.scenes import scene_photo
from locard.forge.ground import HEALED
from locard.forge.objects import Region, find_isolated
from locard.forge.placing import _PATCH_COST, _seam, patches, place_object


@pytest.mark.parametrize("seed", range(4))
def test_an_object_stands_about_as_high_as_before_and_in_the_picture(seed):
    host, donor = scene_photo(1), scene_photo(2)
    region = find_isolated(donor)[0]
    place = place_object(host, donor, region, np.random.default_rng(seed))
    _, y, w, h = region.box
    height, width = host.rgb.shape[:2]
    assert 0 <= place.x <= width - place.scale * w + 1
    foot = (place.y + place.scale * h) / height
    assert foot < 1
    if place.scale == 1:
        assert foot == pytest.approx((y + h) / height, abs=0.15)


def test_what_a_rim_cut_stays_at_that_rim():
    host, donor = scene_photo(1, things=0), scene_photo(2, things=0)
    matte = np.ones((120, 90), np.float32)
    for cut, box in (("bottom", (150, 200, 90, 120)), ("left", (0, 100, 90, 120))):
        region = Region(matte, box, "network", 1.0, frozenset([cut]))
        place = place_object(host, donor, region, np.random.default_rng(0))
        assert place is not None
        if cut == "bottom":
            assert place.y + round(120 * place.scale) >= 320
        else:
            assert place.x <= 0
            assert not place.flip


def test_taken_ground_is_left_alone():
    host = scene_photo(1, things=0)
    region = Region(np.ones((90, 60), np.float32), (30, 150, 60, 90), "network", 1.0)
    left, right = (0, 0, 210, 320), (210, 0, 210, 320)
    rng = np.random.default_rng(0)
    place = place_object(host, host, region, rng, [left])
    assert place is not None
    assert place.x > 190
    assert place_object(host, host, region, rng, [left, right]) is None


@pytest.mark.parametrize("seed", range(8))
def test_patches_of_the_same_photo_lie_apart_from_what_they_cover(seed):
    host = scene_photo(1)
    options = list(patches(host, host, np.random.default_rng(seed)))
    assert options
    for option in options:
        (x, y, w, h), u, v = option.box, option.x, option.y
        assert abs(u - x) > 0.8 * w or abs(v - y) > 0.8 * h
        assert 0 <= u <= host.rgb.shape[1] - w
        assert 0 <= v <= host.rgb.shape[0] - h
        assert 0 <= x <= host.rgb.shape[1] - w


def test_no_patch_suits_quite_another_surface():
    host, donor = scene_photo(1), scene_photo(2)
    noise = np.random.default_rng(0).integers(0, 255, host.rgb.shape)
    host.rgb[:] = noise.astype(np.uint8)
    assert list(patches(host, donor, np.random.default_rng(0))) == []


@pytest.mark.parametrize("same", [True, False])
def test_a_seam_is_measured_on_the_rim_once_its_shade_is_healed(same):
    rng = np.random.default_rng(3)
    compared = 0
    for _ in range(200):
        piece = rng.normal(0, 0.6, (12, 15, 7)).astype(np.float32)
        below = (0.5 * piece + rng.normal(0, 0.5, piece.shape) + rng.normal(0, 0.4, 7)).astype(
            np.float32
        )
        ring = np.ones(piece.shape[:2], bool)
        ring[2:-2, 2:-2] = False
        apart = below - piece
        shade = np.clip(apart[ring][:, :3].mean(axis=0), -np.array(HEALED), HEALED)
        apart[:, :, :3] -= shade
        square = (apart**2).sum(axis=2)
        seam, core = np.sqrt(square[ring].mean()), np.sqrt(square[~ring].mean())
        cost = seam + 0.3 * np.abs(shade).max()
        cost += 0.9 * max(0.0, core - (1.8 if same else 1.3)) + 0.8 * max(0.0, 1.0 - core)
        if not same:
            busy = [np.sqrt(cells[~ring].var(axis=0).sum()) for cells in (piece, below)]
            cost += max(0.0, busy[0] - busy[1] - 0.4)
        found = _seam(piece, below, 2, same)
        assert (found > _PATCH_COST) == (cost > _PATCH_COST)
        if cost <= _PATCH_COST:
            compared += 1
            assert found == pytest.approx(cost, abs=1e-4)
    assert 20 < compared < 200

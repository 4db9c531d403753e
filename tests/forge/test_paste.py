import numpy as np
import pytest

from forge.scenes import scene_photo
from locard.forge.objects import find_objects
from locard.forge.paste import (
    CutOut,
    contact_shadow,
    cut_out,
    focused_like,
    grain,
    healed,
    overlay,
    relit,
    soft_patch,
    turned,
    with_grain,
)


@pytest.fixture(scope="module")
def photo():
    return scene_photo(1)


def test_the_edge_of_a_cut_out_has_the_colour_of_the_object_not_of_the_ground(photo):
    region = find_objects(photo)[0]
    piece = cut_out(photo.rgb, region)
    sure = piece.rgb[region.matte > 0.97].mean(axis=0)
    edge = piece.rgb[(region.matte > 0.2) & (region.matte < 0.6)].mean(axis=0)
    x, y, w, h = region.box
    before = photo.rgb[y : y + h, x : x + w][(region.matte > 0.2) & (region.matte < 0.6)].mean(0)
    assert np.abs(edge - sure).max() < 12
    assert np.abs(edge - sure).max() < np.abs(before - sure).max()


def test_turning_keeps_the_area_times_the_scale():
    matte = np.zeros((60, 80), np.float32)
    matte[10:50, 20:70] = 1
    piece = CutOut(np.full((60, 80, 3), 90, np.float32), matte)
    for scale, angle, flip in ((0.5, 0, False), (1.2, 30, True), (1, -90, False)):
        out = turned(piece, scale, angle, flip)
        assert out.matte.sum() == pytest.approx(matte.sum() * scale**2, rel=0.03)
        assert out.rgb[out.matte > 0.5] == pytest.approx(90, abs=1)


def test_overlay_tracks_the_share_that_is_not_the_hosts():
    host = np.full((40, 50, 3), 100, np.uint8)
    picture, mask = host.copy(), np.zeros((40, 50), np.float32)
    overlay(picture, mask, None, np.full((10, 10), 0.5, np.float32), -5, 2)  # half in the dark
    overlay(
        picture, mask, np.full((8, 8, 3), 200, np.float32), np.full((8, 8), 0.5, np.float32), 0, 2
    )
    assert mask[3, 3] == pytest.approx(0.75)
    assert picture[3, 3, 0] == 125
    assert (picture[mask == 0] == 100).all()
    assert mask[:, 10:].max() == 0
    overlay(picture, mask, None, np.ones((5, 5), np.float32), 60, 60)  # outside
    assert mask[:, 10:].max() == 0


def test_a_piece_is_relit_like_its_new_ground_but_stays_what_it_is():
    piece = CutOut(np.full((20, 20, 3), 80, np.float32), np.ones((20, 20), np.float32))
    brighter = np.array([30, 0, 0], np.float32)
    assert 85 < relit(piece, brighter, 0.5).rgb.mean() < relit(piece, brighter, 1).rgb.mean() < 120
    assert relit(piece, 0 * brighter, 1).rgb.mean() == pytest.approx(80, abs=2)
    warm = relit(piece, np.array([0, 0, 90], np.float32), 1).rgb.mean(axis=(0, 1))
    assert 5 < warm[0] - warm[2] < 30


def test_a_healed_patch_meets_its_place_and_keeps_its_detail():
    rng = np.random.default_rng(0)
    slope = np.linspace(60, 160, 200)[None, :, None]
    host = np.clip(np.broadcast_to(slope, (160, 200, 3)), 0, 255).astype(np.uint8)
    detail = rng.normal(0, 6, (80, 100, 1)).astype(np.float32)
    region = soft_patch(rng, (0, 0, 100, 80))
    piece = CutOut(np.repeat(200 + detail, 3, axis=2).astype(np.float32), region.matte)
    inside = healed(piece, host, 50, 40).rgb
    apart = inside - host[40:120, 50:150]
    edge = (region.matte > 0.05) & (region.matte < 0.3)
    assert np.abs(apart[edge].mean()) < 4
    core = region.matte == 1
    assert np.corrcoef(apart[core][:, 0], detail[core][:, 0])[0, 1] > 0.8


def test_grain_is_measured_and_added_to_scale():
    flat = CutOut(np.full((128, 128, 3), 120, np.float32), np.ones((128, 128), np.float32))
    rng = np.random.default_rng(0)
    noisy = np.clip(120 + rng.normal(0, 5, (128, 128, 3)), 0, 255).astype(np.uint8)
    assert grain(noisy) == pytest.approx(5, rel=0.25)
    assert with_grain(flat, 4.0, rng).rgb.std() == pytest.approx(4, rel=0.05)


def test_a_crisp_piece_is_blurred_like_a_soft_host():
    rng = np.random.default_rng(0)
    crisp = rng.uniform(0, 255, (64, 64, 3)).astype(np.float32)
    soft = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], 64, 0).repeat(3, 2)
    piece = CutOut(crisp, np.ones((64, 64), np.float32))
    assert focused_like(piece, np.ascontiguousarray(soft))[1] > 0
    assert focused_like(piece, crisp.astype(np.uint8))[1] == 0


def test_a_contact_shadow_lies_around_the_foot():
    matte = np.zeros((60, 30), np.float32)
    matte[5:58, 5:25] = 1
    loss, _, dy = contact_shadow(matte, 0.0, 0.5)
    assert 0.1 < loss.max() <= 0.5
    rows = np.flatnonzero(loss.max(axis=1) > 0.05) + dy
    assert rows.min() > 30
    assert rows.max() >= 58
    assert loss[:, [0, -1]].max() == 0
    assert loss[[0, -1]].max() == 0


@pytest.mark.parametrize("seed", range(4))
def test_a_patch_fades_out_within_its_box(seed):
    region = soft_patch(np.random.default_rng(seed), (3, 4, 120, 80))
    assert region.matte.shape == (80, 120)
    assert region.box == (3, 4, 120, 80)
    assert not region.is_object
    assert region.matte[[0, -1]].max() < 0.02
    assert region.matte[:, [0, -1]].max() < 0.02
    assert (region.matte == 1).any()
    assert 0.3 < region.matte.mean() < 0.9

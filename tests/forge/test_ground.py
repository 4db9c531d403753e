import numpy as np
import pytest

from forge.scenes import scene_photo
from locard.forge import Photo
from locard.forge.ground import (
    Ground,
    find_patches,
    ground_of,
    kinship,
    mismatch,
    rims,
    shrunk,
    unrest,
)


@pytest.fixture(scope="module")
def random_ground():
    cells = np.random.default_rng(0).normal(0, 1, (20, 30, 7)).astype(np.float32)
    return Ground(cells, 10.0)


def test_a_piece_fits_where_it_was_and_shades_count_little(random_ground):
    weight = np.random.default_rng(1).uniform(0, 1, (6, 8)).astype(np.float32)
    piece = random_ground.cells[5:11, 7:15].copy()
    cost = mismatch(random_ground, piece, weight)
    assert cost.shape == (15, 23)
    assert np.unravel_index(int(cost.argmin()), cost.shape) == (5, 7)
    assert cost[5, 7] == pytest.approx(0, abs=0.02)
    piece[:, :, 0] += 1
    assert cost[5, 7] < mismatch(random_ground, piece, weight)[5, 7] < 0.5
    piece[:, :, 3] += 1
    assert mismatch(random_ground, piece, weight)[5, 7] > 0.9


def test_kinship_looks_at_means_alone():
    cells = np.zeros((12, 12, 7), np.float32)
    cells[:, 6:, 3] = 4
    piece = np.full((4, 4, 7), 0, np.float32)
    piece[:, :, 3] = [[3.5, 4.5, 3.5, 4.5]] * 4
    cost = kinship(Ground(cells, 10.0), piece, np.ones((4, 4), np.float32))
    assert cost[:, 6:].max() < 0.01
    assert cost[:, :2].min() > 3.9


def test_unrest_is_the_spread_of_a_box(random_ground):
    expected = np.sqrt(random_ground.cells[3:8, 4:10].var(axis=(0, 1)).sum())
    assert unrest(random_ground, 6, 5)[3, 4] == pytest.approx(expected, rel=1e-4)


def test_cells_tell_smooth_from_rough_and_dark_from_light():
    rng = np.random.default_rng(0)
    rgb = np.full((240, 320, 3), 60, np.uint8)
    rgb[:, 160:] = np.clip(180 + rng.normal(0, 25, (240, 160, 1)), 0, 255)
    ground = ground_of(Photo(rgb, "0" * 64, "a.jpg"))
    assert ground.cells.shape == (36, 48, 7)
    left, right = ground.cells[4:-4, 4:20].mean((0, 1)), ground.cells[4:-4, 28:-4].mean((0, 1))
    assert right[0] - left[0] > 5
    assert right[3] - left[3] > 2


def test_patches_with_content_hold_the_thing():
    found = [p for p in find_patches(ground_of(scene_photo(0))) if p.content > 3 * p.spread]
    assert found
    best = max(found, key=lambda p: p.content - 2 * p.spread)
    x, y, w, h = best.box
    assert x < 24 < x + w
    assert y < 36 * 0.55 < y + h


def test_rims_are_the_means_and_spreads_of_what_is_around_each_box() -> None:
    rng = np.random.default_rng(3)
    ground = Ground(rng.normal(0, 0.5, (20, 24, 7)).astype(np.float32), 8.0)
    found = rims(ground, 9, 6, 1)
    assert found is not None
    flat, ys, xs = found
    ring = np.ones((6, 9), bool)
    ring[1:-1, 1:-1] = False
    for values, y, x in zip(flat, ys, xs, strict=True):
        around = ground.cells[y : y + 6, x : x + 9][ring]
        mean = around.mean(axis=0)
        mean[:3] *= 0.5
        np.testing.assert_allclose(values, np.r_[mean, around.std(axis=0)], atol=1e-4)


def test_shrinking_in_halves_averages_areas() -> None:
    rgb = np.random.default_rng(4).integers(0, 256, (243, 325, 3)).astype(np.uint8)
    whole = rgb[:240, :320].reshape(30, 8, 40, 8, 3).mean((1, 3))
    assert np.abs(shrunk(rgb[:240, :320], (40, 30)) - whole).max() <= 2
    assert shrunk(rgb, (40, 30)).shape == (30, 40, 3)
    assert (shrunk(rgb, (325, 243)) == rgb).all()

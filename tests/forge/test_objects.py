import numpy as np
import pytest

from forge.scenes import scene
from locard.forge import Photo, Unsuitable
from locard.forge.objects import find_objects, guided_filter, organic_shape


def test_an_object_on_plain_ground_is_found_with_a_soft_edge():
    rgb, inside = scene()
    regions = find_objects(Photo(rgb, "0" * 64, "a.jpg"))
    assert regions
    best = regions[0]
    assert best.found == "colour and edges"
    drawn = best.drawn(*rgb.shape[:2])
    both, either = ((drawn > 0.5) & inside).sum(), ((drawn > 0.5) | inside).sum()
    assert both / either > 0.9
    assert ((drawn > 0.02) & (drawn < 0.98)).any()


def test_plain_ground_and_what_touches_the_rim_hold_no_object():
    rgb, _ = scene(things=0)
    assert find_objects(Photo(rgb, "0" * 64, "a.jpg")) == ()
    cut_off, _ = scene()
    left = np.ascontiguousarray(cut_off[:, cut_off.shape[1] // 2 :])
    assert all(r.box[0] > 2 for r in find_objects(Photo(left, "0" * 64, "b.jpg")))


@pytest.mark.parametrize("seed", range(6))
def test_organic_shapes_lie_in_the_picture_and_are_about_as_large_as_asked(seed):
    shape = organic_shape(np.random.default_rng(seed), 300, 400, 0.05)
    x, y, w, h = shape.box
    assert 0 <= x <= 400 - w
    assert 0 <= y <= 300 - h
    assert shape.matte.shape == (h, w)
    assert 0.01 < shape.drawn(300, 400).mean() < 0.07
    assert not shape.is_object


def test_a_tiny_picture_gives_no_shape():
    with pytest.raises(Unsuitable, match="64"):
        organic_shape(np.random.default_rng(0), 40, 40, 0.05)


def test_the_guided_filter_follows_the_edge_of_its_guide():
    guide = np.zeros((60, 60, 3), np.float32)
    guide[:, 30:] = 1
    rough = np.zeros((60, 60), np.float32)
    rough[:, 33:] = 1  # three pixels off
    rough = np.asarray(rough + np.random.default_rng(0).normal(0, 0.05, rough.shape), np.float32)
    found = guided_filter(guide, rough, 8, 1e-4)
    assert abs(found[:, 29].mean() - found[:, 30].mean()) > 0.5
    assert np.abs(found[:, 30:38] - found[:, 30:38].mean()).max() < 0.25

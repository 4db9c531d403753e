import numpy as np
import pytest

from forge.scenes import scene
from locard.forge import Photo
from locard.forge.objects import find_isolated, find_objects, find_salient, guided_filter


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


def test_what_lies_alone_on_even_ground_is_cut_out_without_a_network():
    rgb, inside = scene()
    regions = find_isolated(Photo(rgb, "0" * 64, "a.jpg"))
    assert len(regions) == 1
    drawn = regions[0].drawn(*rgb.shape[:2]) > 0.5
    assert (drawn & inside).sum() / (drawn | inside).sum() > 0.9
    plain, _ = scene(things=0)
    assert find_isolated(Photo(plain, "0" * 64, "b.jpg")) == ()


def foreground(*boxes, height=320, width=420):
    map_ = np.zeros((height, width), np.float32)
    for x, y, w, h in boxes:
        map_[y : y + h, x : x + w] = 1
    return map_


def test_the_objects_of_a_segmenter_say_which_rims_cut_them():
    rgb, _ = scene()
    photo = Photo(rgb, "0" * 64, "a.jpg", foreground((40, 60, 90, 100), (250, 220, 120, 100)))
    lower, upper = find_salient(photo)
    assert lower.cut == {"bottom"}
    assert upper.cut == frozenset()
    assert upper.box == pytest.approx((40, 60, 90, 100), abs=2)
    # Others want whole objects.
    assert [region.box for region in find_objects(photo)] == [upper.box]


def test_what_a_segmenter_is_unsure_of_or_shows_in_part_is_left_out():
    rgb, _ = scene()
    unsure = 0.6 * foreground((40, 60, 90, 100))
    wide = foreground((0, 100, 420, 80))
    for map_ in (unsure, wide, foreground((40, 60, 10, 10)), foreground((5, 5, 400, 300))):
        photo = Photo(rgb, "0" * 64, "a.jpg", np.asarray(map_, np.float32))
        assert find_salient(photo) == ()


def test_the_guided_filter_follows_the_edge_of_its_guide():
    guide = np.zeros((60, 60, 3), np.float32)
    guide[:, 30:] = 1
    rough = np.zeros((60, 60), np.float32)
    rough[:, 33:] = 1  # three pixels off
    rough = np.asarray(rough + np.random.default_rng(0).normal(0, 0.05, rough.shape), np.float32)
    found = guided_filter(guide, rough, 8, 1e-4)
    assert abs(found[:, 29].mean() - found[:, 30].mean()) > 0.5
    assert np.abs(found[:, 30:38] - found[:, 30:38].mean()).max() < 0.25

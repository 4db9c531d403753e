import numpy as np
import pytest

from conftest import synthetic_photo
from forge.scenes import scene_photo
from locard.forge import Photo, Unsuitable
from locard.forge.operations.copy_move import copy_move, copy_move_free


@pytest.mark.parametrize("seed", range(5))
def test_copies_lie_apart_from_the_original(seed):
    host = scene_photo(1)
    forged = copy_move(host, [], np.random.default_rng(seed))
    assert forged.source is not None
    assert (forged.rgb[forged.mask == 0] == host.rgb[forged.mask == 0]).all()
    assert (forged.mask > 0.5).any()
    overlap = ((forged.mask > 0.5) & (forged.source > 0.5)).sum()
    assert overlap < 0.1 * (forged.source > 0.5).sum()
    boxes = forged.parameters["copy_boxes"]
    assert len(boxes) == 4 * len(forged.parameters["scales_and_angles"]) / 2


def test_an_upright_copy_has_the_pixels_of_the_original():
    host = scene_photo(1)
    for seed in range(40):
        forged = copy_move(host, [], np.random.default_rng(seed))
        plain = [forged.parameters[k] for k in ("scales_and_angles", "relit", "object")]
        if plain == [[1.0, 0.0], [0], "colour and edges"]:
            break
    else:
        pytest.fail("no plain copy in forty")
    x, y, w, h = forged.parameters["source_box"]
    left, top, _, _ = forged.parameters["copy_boxes"]
    copy, original = forged.rgb[top : top + h, left : left + w], host.rgb[y : y + h, x : x + w]
    core = forged.mask[top : top + h, left : left + w] == 1
    either = [np.abs(copy[core].astype(int) - o[core]).max() for o in (original, original[:, ::-1])]
    assert core.any()
    assert min(either) <= 1


def test_a_tiny_photo_is_unsuitable():
    with pytest.raises(Unsuitable, match="96"):
        copy_move(Photo(synthetic_photo(80, 80), "0" * 64, "a"), [], np.random.default_rng(0))


@pytest.mark.parametrize("seed", range(6))
def test_free_copies_leave_the_rest_alone_and_name_their_source(seed):
    host = scene_photo(3)
    forged = copy_move_free(host, [], np.random.default_rng(seed))
    untouched = forged.mask == 0
    np.testing.assert_array_equal(forged.rgb[untouched], host.rgb[untouched])
    assert forged.source is not None
    assert (forged.mask[forged.source < 0.01] > 0.5).any()
    assert forged.parameters["scale_1"] > 0

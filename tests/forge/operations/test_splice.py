import numpy as np
import pytest

from forge.scenes import scene_photo
from locard.forge import Unsuitable
from locard.forge.operations.splice import splice, splice_free


@pytest.mark.parametrize("seed", range(4))
def test_an_object_of_a_donor_is_pasted_and_the_rest_is_the_hosts(seed):
    host, donors = scene_photo(1), [scene_photo(2), scene_photo(3)]
    forged = splice(host, donors, np.random.default_rng(seed))
    assert forged.rgb.shape == host.rgb.shape
    assert forged.mask.shape == host.rgb.shape[:2]
    assert forged.mask.dtype == np.float32
    assert (forged.rgb[forged.mask == 0] == host.rgb[forged.mask == 0]).all()
    assert 0.005 < (forged.mask > 0.5).mean() < 0.4
    assert forged.donors in ((0,), (1,))
    assert donors[forged.donors[0]].name in forged.says
    again = splice(host, donors, np.random.default_rng(seed))
    assert (again.rgb == forged.rgb).all()


def test_a_photo_is_no_donor_to_itself():
    host = scene_photo(1)
    with pytest.raises(Unsuitable):
        splice(host, [host], np.random.default_rng(0))


def test_an_object_is_not_pasted_where_the_ground_is_quite_another():
    host = scene_photo(1)
    host.rgb[:] = 255 - host.rgb
    host.rgb[:, :, 0] = np.random.default_rng(0).integers(0, 255, host.rgb.shape[:2])
    with pytest.raises(Unsuitable, match="at home"):
        splice(host, [scene_photo(2)], np.random.default_rng(0))


@pytest.mark.parametrize("seed", range(8))
def test_a_free_splice_goes_anywhere_and_leaves_the_rest_alone(seed):
    host, donor = scene_photo(1), scene_photo(2)
    forged = splice_free(host, [donor], np.random.default_rng(seed))
    untouched = forged.mask == 0
    np.testing.assert_array_equal(forged.rgb[untouched], host.rgb[untouched])
    assert 0.002 < forged.mask.mean() < 0.6
    assert (forged.rgb != host.rgb).any(axis=2)[forged.mask > 0.9].mean() > 0.8
    with pytest.raises(Unsuitable, match="no other photo"):
        splice_free(host, [host], np.random.default_rng(seed))

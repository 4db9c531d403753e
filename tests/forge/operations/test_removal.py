import numpy as np
import pytest

from conftest import synthetic_photo
from forge.scenes import scene, scene_photo
from locard.forge import Photo, Unsuitable
from locard.forge.operations.removal import removal, removal_diffusion, removal_network


def test_a_removed_object_is_gone():
    rgb, inside = scene(240, 300, 1)
    host = Photo(rgb, "0" * 64, "a.jpg")
    for seed in range(10):
        forged = removal(host, [], np.random.default_rng(seed))
        if (forged.mask[inside] > 0.9).mean() > 0.95:
            break
    ground = np.median(rgb[~inside], axis=0)
    assert np.abs(forged.rgb[inside].mean(axis=0) - ground).max() < 25
    assert (forged.rgb[forged.mask == 0] == rgb[forged.mask == 0]).all()
    assert "removed" in forged.says


@pytest.mark.parametrize("seed", range(3))
def test_diffusion_fills_small_holes(seed):
    host = scene_photo(2)
    forged = removal_diffusion(host, [], np.random.default_rng(seed))
    assert 0 < (forged.mask > 0).mean() < 0.15
    assert forged.parameters["filled_by"] in ("Telea", "Navier-Stokes")


def test_what_cannot_be_done_is_said():
    with pytest.raises(Unsuitable, match="--inpainter"):
        removal_network(scene_photo(1), [], np.random.default_rng(0))
    tiny = Photo(synthetic_photo(40, 40), "0" * 64, "a")
    with pytest.raises(Unsuitable, match="64"):
        removal(tiny, [], np.random.default_rng(0))

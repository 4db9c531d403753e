import cv2
import numpy as np
import pytest

from conftest import synthetic_photo
from locard.forge import Photo, Unsuitable, list_operations
from locard.forge.networks import Network
from locard.forge.operations import generative
from locard.forge.tools import Tools, tools, use


@pytest.fixture
def host():
    return Photo(synthetic_photo(200, 240), "0" * 64, "a.jpg")


@pytest.fixture
def model(monkeypatch):
    def soften(planes):
        return np.stack([cv2.blur(plane, (5, 5)) for plane in planes[0]])[None]

    monkeypatch.setattr("locard.forge.networks.load", lambda name: Network(soften, 1, None))
    before = tools()
    use(Tools(autoencoder="/somewhere/tiny.onnx"))
    yield
    use(before)


@pytest.mark.usefixtures("model")
def test_a_region_is_rewritten_and_nothing_else(host):
    for seed in range(4):
        forged = generative.regenerate_region(host, [], np.random.default_rng(seed))
        outside = forged.mask == 0
        assert outside.any()
        assert np.array_equal(forged.rgb[outside], host.rgb[outside])
        inside = forged.mask == 1
        assert (forged.rgb[inside] != host.rgb[inside]).mean() > 0.5
        assert forged.parameters["model"] == "tiny.onnx"
        assert "reconstructed" in forged.says


@pytest.mark.usefixtures("model")
def test_the_whole_picture_is_rewritten(host):
    forged = generative.regenerate_whole(host, [], np.random.default_rng(0))
    assert (forged.mask == 1).all()
    assert forged.rgb.shape == host.rgb.shape
    assert (forged.rgb != host.rgb).mean() > 0.5


def test_without_a_network_it_says_so_and_does_not_run_by_default(host):
    entries = [entry for entry in list_operations() if entry.name.startswith("regenerate")]
    assert len(entries) == 2
    for entry in entries:
        assert not entry.default
        with pytest.raises(Unsuitable, match="--autoencoder"):
            entry.run(host, [], np.random.default_rng(0))

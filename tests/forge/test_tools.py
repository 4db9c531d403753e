from types import SimpleNamespace

import numpy as np
import pytest

from forge.scenes import scene
from locard.forge import Photo, Unsuitable, tools
from locard.forge.objects import find_objects
from locard.forge.operations.removal import removal_network
from locard.forge.tools import Tools, foreground, use


class Session:
    """Stands in for an ONNX Runtime session: inputs of given shapes, and a function."""

    def __init__(self, shapes, run, outputs=1):
        self._inputs = [SimpleNamespace(name=f"in{i}", shape=s) for i, s in enumerate(shapes)]
        self._outputs = [SimpleNamespace(name=f"out{i}") for i in range(outputs)]
        self._run = run

    def get_inputs(self):
        return self._inputs

    def get_outputs(self):
        return self._outputs

    def run(self, _, feed):
        assert all(v.dtype == np.float32 for v in feed.values())
        return [self._run(*(feed[entry.name] for entry in self._inputs))]


@pytest.fixture
def network(monkeypatch, tmp_path):
    """Put a stand-in in the place of the network of a file."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(tools, "_own_digest", lambda _: "f" * 64)

    def put(shapes, run, outputs=1, **chosen):
        monkeypatch.setattr(tools, "_session", lambda _: Session(shapes, run, outputs))
        use(Tools(**chosen))

    yield put
    use(Tools())


@pytest.mark.parametrize("classes", [False, True])
def test_objects_come_from_the_segmenter(network, classes):
    rgb, inside = scene()

    def segment(planes):
        assert planes.shape == (1, 3, 160, 160)
        blue = planes[0, 2] * 0.225 + 0.406
        red = planes[0, 0] * 0.229 + 0.485
        thing = (np.abs(red - 95 / 255) > 0.15) | (np.abs(blue - 80 / 255) > 0.15)
        if classes:
            return np.stack([~thing, thing])[None].astype(np.float32)
        return np.where(thing, 6, -6)[None, None].astype(np.float32)  # logits

    network([(1, 3, 160, 160)], segment, segmenter="net.onnx")
    map_ = foreground(rgb, "0" * 64)
    assert map_.shape == rgb.shape[:2]
    regions = find_objects(Photo(rgb, "0" * 64, "a.jpg", map_))
    assert [region.found for region in regions] == ["network"]
    drawn = regions[0].drawn(*rgb.shape[:2]) > 0.5
    assert (drawn & inside).sum() / (drawn | inside).sum() > 0.85


def test_a_photo_goes_through_the_segmenter_once(network):
    rgb, _ = scene()
    calls = []

    def segment(planes):
        calls.append(planes)
        return np.random.default_rng(0).uniform(0, 1, (1, 1, 64, 64)).astype(np.float32)

    network([(1, 3, 64, 64)], segment, segmenter="net.onnx")
    first = foreground(rgb, "0" * 64)
    assert (foreground(rgb, "0" * 64) == first).all()
    assert len(calls) == 1
    foreground(rgb, "1" * 64)
    assert len(calls) == 2


def test_isnet_gets_the_values_that_it_was_trained_on(network):
    rgb = np.full((90, 120, 3), 255, np.uint8)

    def segment(planes):
        assert planes == pytest.approx(0.5)
        return np.zeros((1, 1, 1024, 1024), np.float32)

    network([(1, 3, 1024, 1024)], segment, outputs=12, segmenter="isnet.onnx")
    assert foreground(rgb, "0" * 64).max() == 0


@pytest.mark.parametrize("full", [1.0, 255.0])
def test_the_inpainter_fills_the_hole_and_nothing_else(network, full):
    rgb, _ = scene(240, 300, 1)

    def inpaint(planes, mask):
        assert planes.shape == (1, 3, 240, 304)
        assert mask.shape == (1, 1, 240, 304)
        assert set(np.unique(mask)) == {0, 1}
        return np.full_like(planes, full)

    network([(1, 3, "h", "w"), (1, 1, "h", "w")], inpaint, inpainter="net.onnx")
    forged = removal_network(Photo(rgb, "0" * 64, "a.jpg"), [], np.random.default_rng(0))
    assert (forged.rgb[forged.mask == 1] == 255).all()
    assert (forged.rgb[forged.mask == 0] == rgb[forged.mask == 0]).all()


def test_networks_of_another_kind_are_refused_in_one_sentence(network):
    photo = Photo(scene(240, 300, 1)[0], "0" * 64, "a.jpg")
    network([(1, 3, 64, 64)], lambda planes: planes, inpainter="net.onnx")
    with pytest.raises(Unsuitable, match="not a picture and a mask"):
        removal_network(photo, [], np.random.default_rng(0))
    network([(1, 3, 64, 64)], lambda planes: np.zeros(7, np.float32), segmenter="net.onnx")
    with pytest.raises(Unsuitable, match="not a map"):
        foreground(photo.rgb, photo.sha256)


def test_what_is_missing_is_named_with_the_pip_line(monkeypatch, tmp_path):
    file = tmp_path / "taef.pth"
    file.write_bytes(b"")
    monkeypatch.setattr(tools.importlib.util, "find_spec", lambda name: None)
    assert "pip install torch" in str(Tools(autoencoder=str(file)).problem())
    assert "pip install torch diffusers" in str(Tools(inpainter="some/pipeline").problem())
    assert "is an ONNX file" in str(Tools(segmenter="net.pt").problem())
    assert "there is no file" in str(Tools(inpainter="nowhere.onnx").problem())
    assert Tools().problem() is None


def test_a_network_that_does_not_run_is_one_sentence(network):
    def refuse(*planes):
        raise RuntimeError("Got invalid dimensions for input: in0\nat node 5")

    rgb, inside = scene()
    network([(1, 160, 160, 3)], refuse, segmenter="net.onnx")
    with pytest.raises(Unsuitable, match=r"does not take what it was given .*in0\)$"):
        foreground(rgb, "0" * 64)
    network([(1, 1, 64, 64), (1, 3, 64, 64)], refuse, inpainter="net.onnx")
    with pytest.raises(Unsuitable, match="does not take"):
        tools.inpaint_with_network(rgb, inside, 0)


def test_the_files_of_a_folder_are_listed(tmp_path):
    (tmp_path / "vae" / "inner").mkdir(parents=True)
    for name in ("vae/config.json", "vae/inner/weights.safetensors"):
        (tmp_path / name).write_text("{}")
    files = Tools(autoencoder=str(tmp_path / "vae"), inpainter="someone/of-the-hub").files()
    assert files == [
        str(tmp_path / "vae" / n) for n in ("config.json", "inner/weights.safetensors")
    ]

"""Networks that rewrite a picture; ONNX Runtime is a stand-in that runs Python functions."""

import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from conftest import synthetic_photo
from locard.forge import Unsuitable, networks


def soften(planes):
    blurred = [cv2.blur(plane, (3, 3), borderType=cv2.BORDER_REPLICATE) for plane in planes[0]]
    return np.stack(blurred)[None].astype(np.float32)


def double(planes):
    return planes.repeat(2, axis=2).repeat(2, axis=3)


RUNS = {
    "same": lambda x: x,
    "soft": soften,
    "double": double,
    # What each range allows: values beyond it are cut.
    "signed": lambda x: soften(np.clip(x, -1, 1)) if x.min() < -0.05 else x + 0.3,
    "bytes": lambda x: soften(x) if x.max() > 2 else np.zeros_like(x),
    "inverse": lambda x: -x,
    "short": lambda x: x[:, :1],
    "broken": lambda x: 1 / 0,
    "fixed": lambda x: soften(x) if x.shape[2:] == (96, 128) else 1 / 0,
}


@pytest.fixture
def onnx(monkeypatch, tmp_path):
    networks.load.cache_clear()

    class Session:
        def __init__(self, file, *_, **__):
            with open(file) as stream:
                self.does = stream.read()
            if self.does not in RUNS:
                raise RuntimeError("INVALID_PROTOBUF\nand more")

        def get_inputs(self):
            sides = [96, 128] if self.does == "fixed" else ["h", "w"]
            return [SimpleNamespace(name="x", shape=[1, 3, *sides])]

        def run(self, _, feed):
            return [RUNS[self.does](feed["x"])]

    fake = SimpleNamespace(InferenceSession=Session, SessionOptions=SimpleNamespace)
    monkeypatch.setitem(sys.modules, "onnxruntime", fake)

    def make(does, name="net.onnx"):
        (tmp_path / name).write_text(does)
        return str(tmp_path / name)

    return make


@pytest.fixture(scope="module")
def photo():
    return synthetic_photo(300, 420)


def test_tiles_leave_no_seam(onnx, photo):
    made, scale = networks.rewrite(photo, onnx("same"))
    assert scale == 1
    assert np.array_equal(made, photo)
    soft, _ = networks.rewrite(photo, onnx("soft", "b.onnx"))
    whole = cv2.blur(photo.astype(np.float32), (3, 3), borderType=cv2.BORDER_REPLICATE)
    assert np.abs(soft - whole).mean() < 0.3


@pytest.mark.parametrize("does", ["signed", "bytes", "fixed"])
def test_range_and_size_are_found_out(onnx, photo, does):
    made, scale = networks.rewrite(photo, onnx(does))
    assert scale == 1
    assert made.shape == photo.shape
    assert 0.1 < np.abs(made.astype(int) - photo).mean() < 5


def test_super_resolution_keeps_the_size(onnx, photo):
    made, scale = networks.rewrite(photo, onnx("double"))
    assert scale == 2
    assert made.shape == photo.shape
    assert np.abs(made[0::2, 0::2].astype(int) - made[1::2, 1::2]).max() <= 1


def test_a_pair_is_run_one_after_the_other(onnx, photo):
    first = onnx("soft", "tiny_encoder.onnx")
    with pytest.raises(Unsuitable, match=r"no file .*tiny_decoder\.onnx"):
        networks.rewrite(photo, first)
    onnx("same", "tiny_decoder.onnx")
    assert networks.rewrite(photo, first)[1] == 1


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("inverse", "does not return the picture"),
        ("short", "not a picture"),
        ("broken", r"does not take what it was given \(division by zero\)"),
        ("nonsense", r"not a network that runs here \(INVALID_PROTOBUF\)"),
    ],
)
def test_another_network_is_refused_in_one_sentence(onnx, photo, does, why):
    with pytest.raises(Unsuitable, match=why) as caught:
        networks.rewrite(photo, onnx(does))
    assert "\n" not in str(caught.value)


def test_missing_packages_are_named(monkeypatch, photo, tmp_path):
    networks.load.cache_clear()
    for name in ("torch", "diffusers"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in ("a_encoder.pth", "a_decoder.pth", "b.pth"):
        (tmp_path / name).write_bytes(b"")
    for model, why in (
        (tmp_path / "a_encoder.pth", "pip install torch"),
        (tmp_path / "b.pth", "two files"),
        (tmp_path / "missing.onnx", "there is no file"),
        ("somebody/vae", "pip install torch diffusers"),
    ):
        with pytest.raises(Unsuitable, match=why):
            networks.rewrite(photo, str(model))

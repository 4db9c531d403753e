"""A real server process that speaks the protocol, well and badly."""

from __future__ import annotations

import json

import pytest

from locard.explain.models.contract import Backend, ModelError, Picture, Request
from locard.explain.models.endpoint import Endpoint

from .conftest import ChatServer

PICTURE = Picture("the picture", b"\xff\xd8\xff\xd9", 8, 6)
REQUEST = Request("observe", "standing words", "the question", (PICTURE,), {"type": "object"})


def ask(server: ChatServer, model: str, timeout_s: float = 60.0) -> str:
    return Endpoint(server.url, model, timeout_s=timeout_s).ask(REQUEST)


def test_what_is_sent(server: ChatServer) -> None:
    server.answer("observe", {"observations": [1]})
    backend = Endpoint(server.url, "good")
    assert isinstance(backend, Backend)
    assert json.loads(backend.ask(REQUEST)) == {"observations": [1]}
    (sent,) = server.requests
    assert sent["path"] == "/v1/chat/completions"
    assert "Authorization" not in sent["headers"]
    body = sent["body"]
    assert body["messages"][0] == {"role": "system", "content": "standing words"}
    title, picture, words = body["messages"][1]["content"]
    assert (title["text"], words["text"]) == ("the picture:", "the question")
    assert picture["image_url"]["url"] == "data:image/jpeg;base64,/9j/2Q=="
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert body["temperature"] == 0


def test_the_dry_run_shows_the_body_that_is_sent(server: ChatServer) -> None:
    backend = Endpoint(server.url, "good")
    head, shown = backend.shown(REQUEST).split("\n\n", 1)
    assert not server.requests
    backend.ask(REQUEST)
    (sent,) = server.requests
    text = json.dumps(sent["body"]).replace(json.dumps(PICTURE.data_url), json.dumps(PICTURE.shown))
    assert json.loads(shown) == json.loads(text)
    assert head.startswith(f"POST {server.url}/chat/completions")
    for line in head.splitlines()[1:]:
        name, value = line.split(": ", 1)
        assert sent["headers"][name] == value


def test_the_key_is_sent_and_never_shown(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCARD_API_KEY", "sk-very-secret")
    backend = Endpoint(server.url, "good")
    backend.ask(REQUEST)
    assert server.requests[0]["headers"]["Authorization"] == "Bearer sk-very-secret"
    assert "very-secret" not in backend.shown(REQUEST)
    assert "<LOCARD_API_KEY>" in backend.shown(REQUEST)
    with pytest.raises(ModelError) as refused:
        Endpoint(server.url, "locked").ask(REQUEST)
    assert "very-secret" not in str(refused.value)
    with pytest.raises(ValueError, match="unencrypted"):
        Endpoint("http://models.example.org/v1", "good")


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("refuses", "the model refused: I cannot help with that"),
        ("empty", "the answer of the model is empty"),
        ("not-a-completion", "did not answer with a chat completion"),
        ("endless", "too many bytes"),
        ("unknown", "status 404: the model 'unknown' does not exist"),
        ("locked", "refused the key; set LOCARD_API_KEY"),
        ("redirects", "answered with status 307"),
        ("busy", "status 429: too many requests"),
    ],
)
def test_a_bad_answer_is_one_sentence(server: ChatServer, model: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence) as raised:
        ask(server, model)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("model", ["slow", "dripping"])
def test_a_slow_model_is_given_up(server: ChatServer, model: str) -> None:
    with pytest.raises(ModelError, match=r"did not answer within 0\.5 s"):
        ask(server, model, timeout_s=0.5)
    assert len(server.requests) == 1


def test_a_busy_server_is_asked_again(server: ChatServer) -> None:
    assert ask(server, "busy-once")
    assert len(server.requests) == 2


def test_fields_that_a_server_rejects_are_left_out(server: ChatServer) -> None:
    assert ask(server, "no-schema")
    formats = [r["body"].get("response_format", {}).get("type") for r in server.requests]
    assert formats == ["json_schema", "json_object", None]
    assert ask(server, "new-fields")
    assert server.requests[-1]["body"]["max_completion_tokens"] > 0


def test_no_proxy_sees_what_stays_on_this_machine(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert ask(server, "good")


def test_a_server_that_is_not_there(server: ChatServer) -> None:
    with pytest.raises(ModelError, match="cannot be reached"):
        Endpoint("http://127.0.0.1:9/v1", "good", timeout_s=1.0).ask(REQUEST)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://host/v1", "is not the URL of a server"),
        ("http://", "is not the URL of a server"),
        ("https://user:word@host/v1", "put the key into LOCARD_API_KEY"),
    ],
)
def test_a_bad_url_is_one_sentence(url: str, sentence: str) -> None:
    pytest.importorskip("httpx", reason="needs the extra vlm")
    with pytest.raises(ValueError, match=sentence):
        Endpoint(url, "good")

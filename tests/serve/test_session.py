"""Sign-in of a browser."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from serve.pictures import picture

pytest.importorskip("fastapi", reason="the service needs the extra serve")

from fastapi.testclient import TestClient

from locard.serve import session
from locard.serve.session import COOKIE, issue, owner_of_cookie
from locard.serve.settings import Settings, local_settings

Connect = Callable[..., TestClient]

_KEY = "a-secret-of-enough-letters"
_KEYS = {"press": hashlib.sha256(_KEY.encode()).hexdigest(), "other": "ab" * 32}
_HERE = {"origin": "http://testserver"}


@pytest.fixture
def keyed(tmp_path: Path) -> Settings:
    return replace(local_settings(tmp_path), keys=_KEYS)


def test_a_cookie_stands_for_its_key_alone(keyed: Settings) -> None:
    cookie = issue(keyed, "press")
    assert owner_of_cookie(keyed, cookie) == "press"
    assert owner_of_cookie(keyed, issue(keyed, "other")) == "other"
    assert owner_of_cookie(replace(keyed, keys={"other": "ab" * 32}), cookie) is None
    assert owner_of_cookie(replace(keyed, keys={"press": "cd" * 32}), cookie) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda cookie: "",
        lambda cookie: "press",
        lambda cookie: cookie[:-1] + ("0" if cookie[-1] != "0" else "1"),
        lambda cookie: cookie.replace("press", "other"),
        lambda cookie: cookie.replace(":", ":9", 1),
        lambda cookie: cookie[:-64] + "\xe9" * 64,
        lambda cookie: "press:\u00b2:" + cookie[-64:],
    ],
)
def test_what_was_not_issued_is_nobody(keyed: Settings, change: Callable[[str], str]) -> None:
    assert owner_of_cookie(keyed, change(issue(keyed, "press"))) is None


def test_a_cookie_ends(keyed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = issue(keyed, "press")
    now = session.time.time()
    monkeypatch.setattr(session.time, "time", lambda: now + session.SESSION_S + 1)
    assert owner_of_cookie(keyed, cookie) is None


def test_signing_in_and_out(connect: Connect) -> None:
    client = connect(keys=_KEYS)
    assert client.get("/").status_code == 200, "the page itself is no secret"
    assert client.get("/v1/session").json() == {"keys": True, "owner": None}
    wrong = client.post("/v1/session", json={"key": "not-a-key-of-this"}, headers=_HERE)
    assert wrong.status_code == 401
    assert "set-cookie" not in wrong.headers
    answer = client.post("/v1/session", json={"key": _KEY}, headers=_HERE)
    assert answer.json() == {"keys": True, "owner": "press"}
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert _KEY not in cookie
    assert client.get("/v1/session").json()["owner"] == "press"
    assert client.get("/v1/examinations").status_code == 200
    assert client.delete("/v1/session", headers=_HERE).status_code == 204
    assert client.get("/v1/examinations").status_code == 401


def test_a_cookie_changes_nothing_without_the_origin(connect: Connect) -> None:
    client = connect(keys=_KEYS)
    client.post("/v1/session", json={"key": _KEY}, headers=_HERE)
    assert COOKIE in client.cookies
    files = {"files": picture()}
    assert client.post("/v1/examine", files=files).status_code == 401
    elsewhere = {"origin": "http://evil.example"}
    assert client.post("/v1/examine", files=files, headers=elsewhere).status_code == 403
    assert client.post("/v1/examine", files=files, headers=_HERE).status_code == 202


def test_without_keys_nobody_signs_in(connect: Connect) -> None:
    client = connect()
    assert client.get("/v1/session").json() == {"keys": False, "owner": None}
    answer = client.post("/v1/session", json={"key": "anything"})
    assert answer.json() == {"keys": False, "owner": None}
    assert "set-cookie" not in answer.headers

"""The API without workers: what is accepted, refused and shown."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from serve.pictures import picture

pytest.importorskip("fastapi", reason="the service needs the extra serve")

from fastapi.testclient import TestClient

Connect = Callable[..., TestClient]


def send(client: TestClient, *contents: bytes, name: str = "a.jpg", **options: str) -> int:
    files = [("files", (name, content)) for content in contents]
    return client.post("/v1/examine", files=files, params=options).status_code


def bomb() -> bytes:
    """A PNG of a few bytes that claims 60,000 × 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(100_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def test_one_or_many_are_accepted_and_wait(connect: Connect) -> None:
    client = connect()
    answer = client.post(
        "/v1/examine?name=harbour.jpg&profile=quick&lang=de",
        content=picture(),
        headers={"content-type": "image/jpeg"},
    )
    assert answer.status_code == 202
    one = answer.json()["examinations"][0]
    assert (one["name"], one["profile"], one["language"]) == ("harbour.jpg", "quick", "de")
    assert one["sha256"] == hashlib.sha256(picture()).hexdigest()
    assert send(client, picture(1), picture(2, kind="PNG")) == 202
    listed = client.get("/v1/examinations", params={"state": "queued"}).json()["examinations"]
    assert len(listed) == 3
    shown = client.get(f"/v1/examinations/{one['id']}").json()
    assert shown == one
    early = client.get(f"/v1/reports/{one['id']}")
    assert (early.status_code, early.headers["retry-after"]) == (409, "1")
    assert client.delete(f"/v1/examinations/{one['id']}").status_code == 204
    assert client.get(f"/v1/examinations/{one['id']}").status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        (b"", 422, "empty"),
        (b"<html><script>alert(1)</script></html>", 415, "not a picture"),
        (b"PK\x03\x04" + bytes(100), 415, "not a picture"),
        (b"%PDF-1.7\n\xff\xd8\xff\xe0", 415, "not a picture"),  # a polyglot: PDF before JPEG
        (bomb(), 413, "megapixels"),
        (picture() + bytes(300_000), 413, "more than 200,000 bytes"),
    ],
    ids=["empty", "html", "zip", "polyglot", "bomb", "large"],
)
def test_what_is_no_sound_picture_is_refused(
    connect: Connect, content: bytes, status: int, says: str
) -> None:
    client = connect(max_bytes=200_000)
    answer = client.post(
        "/v1/examine", files=[("files", ("x.jpg", picture())), ("files", ("y.jpg", content))]
    )
    assert answer.status_code == status
    assert says in answer.json()["detail"]
    assert client.get("/v1/examinations").json()["examinations"] == [], "all or none"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("/", "upload"),
        ("a\u202egpj.exe", "a\ufffdgpj.exe"),
        ("x" * 250, "x" * 199 + "…"),
    ],
)
def test_names_are_shown_and_never_paths(connect: Connect, sent: str, kept: str) -> None:
    client = connect()
    headers = {"content-type": "image/jpeg"}
    answer = client.post("/v1/examine", params={"name": sent}, content=picture(), headers=headers)
    assert answer.json()["examinations"][0]["name"] == kept


def test_requests_that_are_too_large_are_refused(connect: Connect) -> None:
    client = connect(max_body=100_000)

    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield bytes(10_000)

    headers = {"content-type": "image/jpeg"}
    assert client.post("/v1/examine", content=bytes(200_000), headers=headers).status_code == 413
    assert client.post("/v1/examine", content=endless(), headers=headers).status_code == 413
    assert client.post("/v1/cases", content=b" " * 300_000).status_code == 413
    assert (
        client.post(
            "/v1/examine", content=b"a=1", headers={"content-type": "text/plain"}
        ).status_code
        == 415
    )
    boundary = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/v1/examine", content=b"--x\r\nbroken", headers=boundary).status_code in (
        400,
        422,
    )
    assert client.post(
        "/v1/examine", content=b"", headers={"content-type": "multipart/form-data"}
    ).status_code in (400, 422)


def test_too_many_files_in_a_request(connect: Connect) -> None:
    client = connect(max_files=2)
    assert send(client, picture(), picture(), picture()) == 400
    assert send(client, picture(), picture()) == 202


def test_a_full_queue_says_when_to_come_back(connect: Connect) -> None:
    client = connect(max_queue=2)
    assert send(client, picture(), picture(), picture()) == 429
    assert send(client, picture(), picture()) == 202
    answer = client.post("/v1/examine", files={"files": picture()})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


def test_a_client_that_asks_too_much_is_slowed(connect: Connect) -> None:
    client = connect(rate="3/minute")
    assert send(client, picture(), picture()) == 202
    assert send(client, picture(), picture()) == 429
    assert send(client, picture()) == 202
    answer = client.post("/v1/ask", json={"report": "x", "question": "Where?"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "20")
    assert client.get("/health").status_code == 200


def test_more_than_the_rate_in_one_request_is_not_told_to_wait(connect: Connect) -> None:
    client = connect(rate="2/minute")
    files = [("files", ("a.jpg", picture()))] * 3
    answer = client.post("/v1/examine", files=files)
    assert answer.status_code == 413
    assert "at most 2 pictures" in answer.json()["detail"]
    assert "retry-after" not in answer.headers
    assert send(client, picture(), picture()) == 202, "the refused request cost nothing"


def test_keys_separate_their_owners(connect: Connect) -> None:
    keys = {name: hashlib.sha256(f"{name}-secret-secret".encode()).hexdigest() for name in "ab"}
    client = connect(keys=keys)
    a = {"Authorization": "Bearer a-secret-secret"}
    b = {"Authorization": "Bearer b-secret-secret"}
    answer = client.post("/v1/examine", files={"files": picture()}, headers=a)
    found = answer.json()["examinations"][0]["id"]
    case = client.post("/v1/cases", json={"title": "x"}, headers=a).json()["id"]
    for path in (f"examinations/{found}", f"examinations/{found}/events", f"reports/{found}",
                 f"reports/{found}/layers", f"reports/{found}/tiles/picture.dzi",
                 f"reports/{found}/maps/mask.png", f"cases/{case}"):  # fmt: skip
        assert client.get(f"/v1/{path}", headers=b).status_code == 404, path
        assert client.get(f"/v1/{path}").status_code == 401, path
    assert client.delete(f"/v1/examinations/{found}", headers=b).status_code == 404
    assert (
        client.post(f"/v1/examine?case={case}", files={"files": picture()}, headers=b).status_code
        == 404
    )
    assert client.get("/v1/examinations", headers=b).json()["examinations"] == []
    wrong = {"Authorization": "Bearer nothing-of-the-kind"}
    assert client.get("/v1/examinations", headers=wrong).status_code == 401
    assert client.get("/metrics").status_code == 401
    assert client.get("/health").status_code == client.get("/ready").status_code == 200


def test_an_examination_moves_between_cases(connect: Connect) -> None:
    client = connect()
    found = client.post("/v1/examine", files={"files": picture()}).json()["examinations"][0]["id"]
    assert client.post("/v1/cases", json={"title": "  "}).status_code == 422
    case = client.post("/v1/cases", json={"title": " x "}).json()["id"]
    assert client.get(f"/v1/cases/{case}").json()["title"] == "x"
    path = f"/v1/examinations/{found}"
    assert client.patch(path, json={"case": case}).json()["case"] == case
    assert client.get(f"/v1/cases/{case}").json()["examinations"] == 1
    assert client.patch(path, json={"case": "0" * 32}).status_code == 404
    assert client.get(path).json()["case"] == case
    assert client.patch(path, json={"case": None}).json()["case"] is None
    assert client.patch("/v1/examinations/none", json={"case": None}).status_code == 404


def test_wrong_requests_are_told_in_one_sentence(connect: Connect) -> None:
    client = connect()
    answer = client.get("/v1/examinations", params={"state": "<odd>"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("query.state: input should be")
    assert "odd" not in answer.text
    for params, says in (
        ({"case": "x"}, "query.case: is not written as it should be"),
        ({"stability": "perhaps"}, "query.stability: must be true or false"),
    ):
        answer = client.post("/v1/examine", params=params, files={"files": picture()})
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith(says)
    for name in ("files", "profile"):
        field = client.post("/v1/examine", data={name: "quick"}, files={"files": picture()})
        assert field.status_code == 422
        assert field.json()["detail"].startswith(f"{name} is no file")
    for name in ("image", "photo"):
        files = {"files": picture(), name: picture()}
        field = client.post("/v1/examine", files=files)
        assert field.status_code == 422
        assert field.json()["detail"] == f"pictures go into fields called files, not {name}"
    for method, path, says in (
        ("POST", "/v1/examine?profil=quick", "profil; did you mean profile?"),
        ("GET", "/v1/examinations?limt=1", "limt; did you mean limit?"),
        ("GET", "/v1/cases?sort=name", "sort"),
    ):
        odd = client.request(method, path)
        assert odd.status_code == 422
        assert odd.json()["detail"] == f"there is no query parameter {says}"
    assert client.post("/v1/examine", files={"x": picture()}).status_code == 422
    assert client.get("/v1/examinations").json()["examinations"] == []
    assert client.post("/v1/cases", json={"title": 3, "x": 1}).json()["detail"].startswith("body.")


def test_an_upload_that_is_cancelled_leaves_nothing(connect: Connect) -> None:
    client = connect()
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": "/v1/examine", "raw_path": b"/v1/examine", "query_string": b"",
        "root_path": "", "client": ("127.0.0.1", 9), "server": ("127.0.0.1", 80),
        "headers": [(b"host", client.base_url.netloc), (b"content-type", b"image/jpeg")],
    }  # fmt: skip
    waiting = [
        {"type": "http.request", "body": picture()[:50], "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return waiting.pop(0)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def call() -> None:
        await client.app(scope, receive, send)  # type: ignore[arg-type]

    assert client.portal is not None
    client.portal.call(call)
    assert sent[0]["status"] == 400
    assert client.get("/v1/examinations").json()["examinations"] == []


def test_other_sites_and_other_names_are_not_answered(connect: Connect) -> None:
    client = connect()
    assert client.get("/health", headers={"host": "evil.example"}).status_code == 421
    origin = {"origin": "http://evil.example"}
    answer = client.post("/v1/examine", files={"files": picture()}, headers=origin)
    assert answer.status_code == 403
    broken = client.post("/v1/examine", files={"files": picture()}, headers={"origin": "http://["})
    assert broken.status_code == 403
    same = {"origin": "http://testserver"}
    assert client.post("/v1/examine", files={"files": picture()}, headers=same).status_code == 202


def test_head_is_get_without_its_body(connect: Connect) -> None:
    client = connect()
    for path in ("/", "/health", "/v1/examinations"):
        head, got = client.head(path), client.get(path)
        assert head.status_code == got.status_code == 200
        assert head.headers["content-type"] == got.headers["content-type"]
        assert head.headers["content-length"] == got.headers["content-length"]
        assert not head.content
        assert got.content
    assert client.head("/v1/examine").status_code == 405


def test_answers_are_not_sniffed_cached_or_framed(connect: Connect) -> None:
    headers = connect().get("/v1/examinations").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("field", ["title", "notes", "tags"])
def test_a_case_takes_unicode_alone(connect: Connect, field: str) -> None:
    client = connect()
    odd = '["\\ud800abc"]' if field == "tags" else '"\\ud800abc"'
    body, kind = f'{{"title": "x", "{field}": {odd}}}', {"content-type": "application/json"}
    answer = client.post("/v1/cases", content=body, headers=kind)
    assert answer.status_code == 422
    assert field in answer.json()["detail"]
    assert client.get("/v1/cases").json()["cases"] == []


def test_what_breaks_is_answered_like_all_else_and_logged(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = connect()

    def broken(*given: object) -> None:
        raise RuntimeError(given)

    monkeypatch.setattr("locard.serve.records.Records.open_case", broken)
    answer = client.post("/v1/cases", json={"title": "very-private"})
    assert answer.status_code == 500
    assert "log" in answer.json()["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["cache-control"] == "no-store"
    logs = "".join(capsys.readouterr())
    assert answer.headers["x-request-id"] in logs
    assert "RuntimeError" in logs
    assert "in open_case" in logs, "where it broke"
    assert "very-private" not in logs + answer.text
    assert 'route="/v1/cases",status="500"' in client.get("/metrics").text


def test_a_drawn_tile_does_not_wait_for_those_that_are_drawn(
    connect: Connect, tmp_path: Path
) -> None:
    client = connect()
    sent = client.post("/v1/examine", files={"files": picture()}).json()["examinations"][0]["id"]
    service = client.app.state.service  # type: ignore[attr-defined]
    with zipfile.ZipFile(tmp_path / "pack", "w") as pack:
        pack.writestr("0/0_0.jpg", b"tile")
    service.records.keep(sent, "tiles/picture.jpg", tmp_path / "pack")
    client.app.state.service = replace(service, views=object())  # type: ignore[attr-defined]
    assert client.get(f"/v1/reports/{sent}/tiles/picture_files/0/0_0.jpg").content == b"tile"
    assert client.get(f"/v1/reports/{sent}/tiles/picture_files/0/1_0.jpg").status_code == 404


def test_metrics_count_and_logs_are_silent_on_content(
    connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    client = connect()
    send(client, picture(), name="very-private.jpg")
    client.get("/no/such/very-private")
    text = client.get("/metrics").text
    assert "locard_uploads_total 1.0" in text
    assert "locard_waiting 1.0" in text
    assert 'route="/v1/examine",status="202"' in text
    assert "very-private" not in text + "".join(capsys.readouterr())


def test_the_description_has_examples_and_all_answers(connect: Connect) -> None:
    description = connect().get("/openapi.json").json()
    text = json.dumps(description)
    assert "harbour.jpg" in text
    post = description["paths"]["/v1/examine"]["post"]
    assert {"202", "401", "413", "415", "422", "429", "503"} <= set(post["responses"])
    assert {"multipart/form-data", "image/jpeg"} <= set(post["requestBody"]["content"])

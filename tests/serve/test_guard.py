"""Heads of requests that come slowly, and answers that break off."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi", reason="the service needs the extra serve")

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from locard.serve import guard
from locard.serve.settings import Settings
from locard.serve.telemetry import Telemetry


async def _hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Port of a server that waits half a second for the head of a request."""
    monkeypatch.setattr(guard, "_HEADERS_S", 0.5)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(_hello, http=guard.PatientProtocol, lifespan="off", log_config=None)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield int(listening.getsockname()[1])
    server.should_exit = True
    thread.join(10)
    listening.close()


def read_to(client: socket.socket, end: bytes) -> bool:
    """Read until the answer ends so; head and body may come in two parts."""
    answer = b""
    while part := client.recv(1000):
        answer += part
        if answer.endswith(end):
            return True
    return False


def test_a_head_that_never_ends_gets_408(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        start = time.monotonic()
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        for _ in range(3):
            time.sleep(0.1)
            client.sendall(b"x-slow: 1\r\n")  # more of it does not buy more time
        answer = client.recv(1000)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert client.recv(1000) == b"", "the connection is closed"
        assert 0.4 < time.monotonic() - start < 5


def test_a_head_in_two_parts_is_answered(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nho")
        time.sleep(0.1)
        client.sendall(b"st: x\r\n\r\n")
        assert read_to(client, b"hello")
        time.sleep(0.7)  # longer than a head may take: the first request is over
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert read_to(client, b"hello")


def test_half_an_answer_is_cut_and_does_not_look_whole(capsys: pytest.CaptureFixture[str]) -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError(scope["path"])

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    sent: list[str] = []

    async def send(message: Message) -> None:
        sent.append(message["type"])

    guarded = guard.Guard(breaks, Settings("", "", hosts=()), Telemetry(lambda: 0, lambda: 0))
    scope = {"type": "http", "method": "GET", "path": "/very-private", "headers": []}
    with pytest.raises(ConnectionError) as caught:
        asyncio.run(guarded(scope, receive, send))
    assert caught.value.__suppress_context__, "the server's own log shows no more than that"
    assert sent == ["http.response.start", "http.response.body"]
    logs = "".join(capsys.readouterr())
    assert "RuntimeError" in logs
    assert "very-private" not in logs

"""What every request passes: limits of size and time, calling host and origin, headers, logs.

It is plain ASGI, because it has to see a body before anything reads it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
import traceback
from collections.abc import Sequence
from urllib.parse import urlsplit

import h11
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from locard.serve.settings import Settings
from locard.serve.telemetry import Telemetry, log

UPLOADS = "/v1/examine"
_SMALL_BODY = 2**18
# After a refusal what is still being sent is read for this long: a closed connection would take
# the answer with it.
_DRAIN_S = 2.0
_HEADERS_S = 15.0
_SECURE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, settings: Settings, telemetry: Telemetry) -> None:
        self._app, self._settings, self._telemetry = app, settings, telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _Request(scope, receive, send, self._settings)
        asked = scope
        # A HEAD is a GET whose body stays here; a stream of events would have no end.
        if scope["method"] == "HEAD" and not scope["path"].endswith("/events"):
            asked = {**scope, "method": "GET"}
        try:
            refusal = request.refusal()
            if refusal is not None:
                await refusal(asked, request.receive, request.send)
            else:
                await self._app(asked, request.receive, request.send)
        except Exception as error:
            # Where and not what: messages hold what clients sent.
            log.error(
                "broken", request=request.id, error=type(error).__name__,
                reason=error.strerror if isinstance(error, OSError) else None,
                traceback="".join(traceback.format_tb(error.__traceback__)),
            )  # fmt: skip
            if request.begun:  # The connection is cut, else half an answer would look whole.
                raise ConnectionError(f"the answer to {request.id} broke off") from None
            failed = _problem(500, "the service failed at this; its log says why")
            await failed(asked, request.receive, request.send)
        finally:
            seconds = time.perf_counter() - request.start
            # The route and not the path: a path holds what clients make up.
            route = getattr(asked.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._telemetry.answered(method, route, request.status, seconds)
            log.info(
                "request", request=request.id, method=method, route=route, status=request.status,
                ms=round(1000 * seconds, 1), received=request.received,
            )  # fmt: skip


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # "http://[" and the like
        return None


_METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS")


class _Request:
    """One request: what came in, and what went out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        self._receive, self._send = receive, send
        self._settings = settings
        self._head = scope["method"] == "HEAD"
        self.id = secrets.token_hex(6)
        self.start = time.perf_counter()
        self.status = 500
        self.begun = False
        self.received = 0
        self.headers = Headers(scope=scope)
        length = self.headers.get("content-length")
        self._complete = "transfer-encoding" not in self.headers and length in (None, "0")
        self._declared = int(length) if length and length.isdecimal() else 0
        self._most = settings.max_body if scope["path"] == UPLOADS else _SMALL_BODY

    def refusal(self) -> JSONResponse | None:
        """Return the answer to what needs no look at the body."""
        host = self.headers.get("host", "")
        allowed: Sequence[str] = self._settings.hosts
        if allowed and _without_port(host) not in allowed:
            # Else any page could name this machine and read from it (DNS rebinding).
            return _problem(421, "the service does not go by this host name")
        origin = self.headers.get("origin")
        if origin is not None and _netloc(origin) != host:
            return _problem(403, "requests from other sites are not answered")
        if self._declared > self._most:
            return _problem(413, self._too_large())
        return None

    def _too_large(self) -> str:
        return f"the request has more than {self._most / 2**20:.3g} MiB"

    async def receive(self) -> Message:
        """Pass on a part of the body, within the limits."""
        if self._complete:
            return await self._receive()
        left = self.start + self._settings.body_s - time.perf_counter()
        try:
            message = await asyncio.wait_for(
                self._receive(), max(0.0, min(self._settings.body_idle_s, left))
            )
        except TimeoutError:
            raise HTTPException(408, "the request came too slowly") from None
        if message["type"] == "http.request":
            self.received += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            if self.received > self._most:
                raise HTTPException(413, self._too_large())
        else:
            self._complete = True
        return message

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer."""
        if self._head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        if message["type"] == "http.response.start":
            self.status, self.begun = message["status"], True
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self.id
            for name, value in _SECURE.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
            if not self._complete:
                headers["connection"] = "close"
            await self._send(message)
        elif self._complete or message.get("more_body", False):
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await self._drain()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_S):
                while (await self._receive()).get("more_body", False):
                    pass
        except TimeoutError:
            pass


def _problem(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, status)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower()


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that does not wait for ever for the head of a request."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Stop to wait when the head is complete; wait again when the next one has begun."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop()
        elif self._head is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to wait."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._head = self.loop.call_later(_HEADERS_S, self._refuse)

    def _stop(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _refuse(self) -> None:
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            )
            self.transport.close()

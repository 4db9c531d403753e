"""Any server that speaks the OpenAI chat protocol: vLLM, Ollama, llama.cpp server, hosted ones.

The request is written here field by field, and not by a vendor's client, so that the dry run shows
all that would be sent.
"""

from __future__ import annotations

import ipaddress
import json
import os
import time
from typing import Any
from urllib.parse import urlsplit

from locard.explain.models.contract import MAX_ANSWER, ModelError, Request

KEY_VARIABLE = "LOCARD_API_KEY"
MAX_TOKENS = 2048
# A request with more bytes is refused: pictures are shrunk to far less before.
MAX_REQUEST = 16 * 2**20
# An answer has at most 64 K characters, which JSON may write as six bytes each, and a frame.
_MAX_RESPONSE = 8 * MAX_ANSWER
_TRANSIENT = {408, 429, 500, 502, 503, 504}
_CONNECT_S = 10.0
_RETRIES = 2
# What servers call the fields that some of them lack, in the words of their errors.
_FORMAT_WORDS = ("response_format", "json_schema", "json_object", "schema", "grammar", "structured")
_OPTIONAL = ("temperature", "seed", "max_tokens")


class Endpoint:
    """A model behind a URL; see `Backend`."""

    def __init__(self, url: str, model: str, *, timeout_s: float = 120.0) -> None:
        """Name a server and a model.

        Args:
            url: base of the API ("http://localhost:8000/v1"); "/chat/completions" is added.
            timeout_s: for one answer, repeated attempts included.

        Raises: ValueError, one sentence, for what is no URL, for a URL with a password, for a
            missing package, and for a key that would travel unencrypted.
        """
        try:
            import httpx  # noqa: F401
        except ImportError:
            raise ValueError("asking a server needs httpx: pip install 'locard[vlm]'") from None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                f"{url!r} is not the URL of a server, such as http://localhost:8000/v1"
            )
        if parts.username or parts.password:
            raise ValueError(f"put the key into {KEY_VARIABLE}, not into the URL")
        base = url.rstrip("/")
        self.url = base if base.endswith("/chat/completions") else base + "/chat/completions"
        self.model = model
        self.title = f"{model} at {parts.hostname}"
        self.leaves: str | None = self.url
        self._timeout = timeout_s
        self._key = os.environ.get(KEY_VARIABLE)
        self._here = _is_local(parts.hostname)
        if self._key and parts.scheme == "http" and not self._here:
            raise ValueError(f"{KEY_VARIABLE} would be sent unencrypted; use https")
        self._without: set[str] = set()
        self._format = "json_schema"

    def _headers(self, key: str | None) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "locard"}
        return headers | ({"Authorization": f"Bearer {key}"} if key else {})

    def _body(self, request: Request, *, shown: bool = False) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": request.messages(shown=shown),
            "temperature": 0,
            "seed": 0,
            "max_tokens": MAX_TOKENS,
        }
        for field in self._without:
            limit = body.pop(field, None)
            if field == "max_tokens":
                body["max_completion_tokens"] = limit
        if self._format == "json_schema":
            described = {"name": request.step, "strict": True, "schema": request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": described}
        elif self._format == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def shown(self, request: Request) -> str:
        """Return method, URL, headers and body; the key is named and not shown."""
        headers = self._headers(f"<{KEY_VARIABLE}>" if self._key else None)
        lines = [f"POST {self.url}", *(f"{name}: {value}" for name, value in headers.items())]
        body = json.dumps(self._body(request, shown=True), indent=1, ensure_ascii=False)
        return "\n".join([*lines, "", body])

    def ask(self, request: Request) -> str:
        """Send a request and return the text of the answer.

        A server that rejects the JSON schema is asked for any JSON object, then for text; the
        object is found in the text. Transient failures are tried again while there is time.
        """
        deadline = time.monotonic() + self._timeout
        tries = 0
        while True:
            status, data, wait = self._send(self._body(request), deadline)
            if status == 200:
                return _content(data)
            if status in (400, 422, 501) and self._simplify(data):
                continue
            tries += 1
            if status not in _TRANSIENT or tries > _RETRIES:
                break
            pause = min(wait if wait is not None else 0.5 * 2**tries, 30.0)
            if time.monotonic() + pause >= deadline:
                break
            time.sleep(pause)
        if status == 0:
            raise ModelError(f"{self.title} cannot be reached ({data.decode()})")
        if status in (401, 403):
            raise ModelError(f"{self.title} refused the key; set {KEY_VARIABLE}")
        said = _reason(data)
        raise ModelError(f"{self.title} answered with status {status}" + (f": {said}" * bool(said)))

    def _simplify(self, data: bytes) -> bool:
        """Leave out what the server rejected; returns whether anything was left to leave out."""
        said = data.decode("utf-8", "replace").lower()
        for field in _OPTIONAL:
            if field in said and field not in self._without:
                self._without.add(field)
                return True
        if self._format and any(word in said for word in _FORMAT_WORDS):
            self._format = {"json_schema": "json_object", "json_object": ""}[self._format]
            return True
        return False

    def _send(self, body: dict[str, Any], deadline: float) -> tuple[int, bytes, float | None]:
        """Send once; returns status (0: not reached), body or reason, and seconds to wait."""
        import httpx

        sent = json.dumps(body).encode()
        if len(sent) > MAX_REQUEST:
            raise ModelError(f"the request has {len(sent)} bytes, more than {MAX_REQUEST}")
        left = max(0.1, deadline - time.monotonic())
        timeout = httpx.Timeout(left, connect=min(left, _CONNECT_S))
        # No redirects, and no proxy before a server on this machine: the picture goes to the named
        # server and to no other.
        try:
            with (
                httpx.Client(
                    timeout=timeout, follow_redirects=False, trust_env=not self._here
                ) as client,
                client.stream(
                    "POST", self.url, content=sent, headers=self._headers(self._key)
                ) as answer,
            ):
                data = bytearray()
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > _MAX_RESPONSE:
                        raise ModelError(f"{self.title} answered with too many bytes")
                    if time.monotonic() > deadline:
                        raise ModelError(self._late())
                wait = answer.headers.get("Retry-After", "")
                return answer.status_code, bytes(data), float(wait) if wait.isdigit() else None
        except httpx.ConnectTimeout:
            return 0, b"no connection in time", None
        except httpx.TimeoutException:
            raise ModelError(self._late()) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return 0, (str(error) or type(error).__name__).encode(), None

    def _late(self) -> str:
        return f"{self.title} did not answer within {self._timeout:g} s; raise --model-timeout"


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _content(data: bytes) -> str:
    """Return the text of a chat completion. Raises: ModelError for a refusal or a strange frame."""
    try:
        choice = json.loads(data)["choices"][0]
        message = choice["message"]
        refusal, content = message.get("refusal"), message.get("content")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ModelError("the server did not answer with a chat completion") from None
    if isinstance(refusal, str) and refusal.strip():
        raise ModelError(f"the model refused: {' '.join(refusal.split())[:120]}")
    if choice.get("finish_reason") == "content_filter":
        raise ModelError("the server's content filter withheld the answer")
    if isinstance(content, list):
        parts = [p.get("text") for p in content if isinstance(p, dict)]
        content = "".join(p for p in parts if isinstance(p, str))
    if not isinstance(content, str) or not content.strip():
        raise ModelError("the answer of the model is empty")
    return content


def _reason(data: bytes) -> str:
    """Return what a server says about an error, on one short line."""
    try:
        error = json.loads(data)
        error = error.get("error", error.get("detail", error))
        said = error.get("message", error) if isinstance(error, dict) else error
    except (ValueError, AttributeError, RecursionError):
        said = data.decode("utf-8", "replace")
    return " ".join(str(said).split())[:160]

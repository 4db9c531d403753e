"""The web page: files built from ``web/`` and shipped in ``page/``, served as they are."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Response

router = APIRouter(include_in_schema=False)

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
# Everything from this service and nothing inline. Pictures are also pasted and not sent yet (blob).
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}
# The names of all but the first file hold a hash of their content.
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}


@cache
def _load() -> dict[str, bytes]:
    """Read the page; a request can name nothing else."""
    folder = files("locard.serve").joinpath("page")
    return {
        file.name: file.read_bytes()
        for file in folder.iterdir()
        if file.is_file() and f".{file.name.rpartition('.')[2]}" in _KINDS
    }


def _answer(name: str, headers: dict[str, str]) -> Response:
    data = _load().get(name)
    if data is None:
        raise HTTPException(404, "the page has no such file")
    kind = _KINDS[f".{name.rpartition('.')[2]}"]
    return Response(data, media_type=kind, headers=headers)


@router.get("/")
def get_page() -> Response:
    """Return the page."""
    return _answer("index.html", {**_HEADERS, "cache-control": "no-cache"})


@router.get("/page/{name}")
def get_page_file(name: str) -> Response:
    """Return a script, a style or a licence text of the page."""
    fixed = name in ("licences.txt", "icon.svg")
    return _answer(name, _HEADERS if fixed else {**_HEADERS, **_FOREVER})

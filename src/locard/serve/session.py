"""Sign-in of a browser: a cookie that stands for an API key.

Pictures and tiles are fetched by the browser itself, which sends cookies and no other credentials.
The cookie is signed with the digest of the key, so nothing is stored, a restart signs nobody out,
and a key that is taken from the file signs its sessions out.
"""

from __future__ import annotations

import hashlib
import hmac
import time

from locard.serve.settings import Settings

COOKIE = "locard_session"
SESSION_S = 12 * 3600


def _sign(digest: str, text: str) -> str:
    return hmac.new(bytes.fromhex(digest), text.encode(), hashlib.sha256).hexdigest()


def issue(settings: Settings, owner: str) -> str:
    """Return the value of a cookie that stands for the key of ``owner`` for `SESSION_S` seconds."""
    text = f"{owner}:{int(time.time()) + SESSION_S}"
    return f"{text}:{_sign(settings.keys[owner], text)}"


def owner_of_cookie(settings: Settings, value: str) -> str | None:
    """Return whose cookie it is; None when it is forged or old, or the key is gone."""
    text, _, signature = value.rpartition(":")
    owner, _, end = text.partition(":")
    digest = settings.keys.get(owner)
    if digest is None or not signature.isascii() or not end.isdecimal():
        return None
    if not hmac.compare_digest(_sign(digest, text), signature):
        return None
    return owner if time.time() < int(end) else None

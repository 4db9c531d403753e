"""What an operator can set."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are kept, and the limits.

    Attributes:
        database: SQLAlchemy URL.
        store: folder or fsspec URL of uploads, maps and tiles.
        keys: name of each API key and the SHA-256 of the key; empty: no key is asked for.
        hosts: names by which the service may be called; empty: any.
        workers: examinations at once.
        max_bytes, max_body: largest picture and largest request, in bytes.
        max_pixels: most pixels of a picture.
        max_files: most pictures in a request.
        max_uploads: requests with pictures at once.
        max_queue: most examinations that wait.
        time_limit: seconds for one examination.
        rate: uploads and questions of one client, as the package ``limits`` writes it.
        body_idle_s, body_s: seconds between two parts of a request, and for all of it.
        keep_days: days after which an examination is deleted; None: kept.
        grace_s: seconds that running examinations get when the service stops.
    """

    database: str
    store: str
    keys: dict[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = _LOOPBACK
    workers: int = 1
    max_bytes: int = 64 * 2**20
    max_body: int = 256 * 2**20
    max_pixels: int = 150_000_000
    max_files: int = 50
    max_uploads: int = 16
    max_queue: int = 1000
    time_limit: float = 180.0
    rate: str = "600/minute"
    body_idle_s: float = 15.0
    body_s: float = 300.0
    keep_days: float | None = None
    grace_s: float = 20.0

    def owner_of(self, key: str) -> str | None:
        """Return the name of an API key, or None when there is no such key."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        found = None
        for name, known in self.keys.items():  # all of them: the time must not tell which
            if hmac.compare_digest(known, digest):
                found = name
        return found


def local_settings(folder: Path) -> Settings:
    """Return settings that keep everything in one folder."""
    return Settings(f"sqlite:///{folder.resolve() / 'locard.db'}", str(folder.resolve() / "store"))


def read_keys(path: Path) -> dict[str, str]:
    """Read API keys, a line each: a name and a key of 16 or more characters.

    Raises: ValueError, one sentence that does not hold the key.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the keys in {path} cannot be read ({error})") from None
    keys = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, key = line.strip().partition(" ")
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,60}", name) or len(key.strip()) < 16:
            raise ValueError(
                f"line {number} of {path} must be a name and a key of 16 or more characters"
            )
        if name in keys:
            raise ValueError(f"line {number} of {path}: the name {name} is there twice")
        keys[name] = hashlib.sha256(key.strip().encode()).hexdigest()
    if not keys:
        raise ValueError(f"there is no key in {path}")
    return keys

"""Files by their content: a folder, or anything that fsspec reads and writes."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import shutil
import threading
import zipfile
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

import fsspec

_ARCHIVES = 16
# A SHA-256, or what a broken write left of one.
_NAME = re.compile(r"[0-9a-f]{64}(\.[0-9a-f]{8})?")


class Store:
    """Files named by their SHA-256; the same content is kept once."""

    def __init__(self, url: str) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(url)
        self._fs.makedirs(self._root, exist_ok=True)
        self._id_path = f"{self._root}/id"
        self._local = "file" in self._fs.protocol
        # Open archives, the least used first.
        self._archives: OrderedDict[str, zipfile.ZipFile] = OrderedDict()
        self._lock = threading.Lock()

    def _path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256}"

    def put(self, source: BinaryIO) -> str:
        """Keep what a file holds from its start; returns its SHA-256."""
        source.seek(0)
        digest = hashlib.sha256()
        while chunk := source.read(2**20):
            digest.update(chunk)
        sha256 = digest.hexdigest()
        path = self._path(sha256)
        if not self._fs.exists(path):
            source.seek(0)
            self._write(path, source)
        return sha256

    def _write(self, path: str, source: BinaryIO) -> None:
        # A file is at its address whole or not at all, whatever happens on the way.
        part = f"{path}.{secrets.token_hex(4)}"
        self._fs.makedirs(self._fs._parent(path), exist_ok=True)
        with self._fs.open(part, "wb") as out:
            shutil.copyfileobj(source, out, 2**20)
        self._fs.mv(part, path)

    def read_id(self) -> str | None:
        """Return the id that was written into the store; None when there is none."""
        try:
            return str(self._fs.cat_file(self._id_path).decode())
        except FileNotFoundError:
            return None

    def write_id(self, identifier: str) -> None:
        """Write an id into the store, by which its database knows it again."""
        self._write(self._id_path, io.BytesIO(identifier.encode()))

    def read_member(self, sha256: str, name: str) -> bytes:
        """Return a member of a ZIP archive.

        Raises: FileNotFoundError when there is no such archive, KeyError no such member.
        """
        with self._lock:
            archive = self._archives.pop(sha256, None)
            if archive is None:
                file = cast(BinaryIO, self._fs.open(self._path(sha256), "rb"))
                archive = zipfile.ZipFile(file)
            self._archives[sha256] = archive
            while len(self._archives) > _ARCHIVES:
                _close(self._archives.popitem(last=False)[1])
            return archive.read(name)

    def read(self, sha256: str) -> bytes:
        """Return what a file holds.

        Raises: FileNotFoundError when there is none.
        """
        return bytes(self._fs.cat_file(self._path(sha256)))

    def fetch(self, sha256: str, folder: Path) -> Path:
        """Return the path of a file on this machine, copied into ``folder`` when it is not."""
        if self._local:
            return Path(self._path(sha256))
        path = folder / sha256
        self._fs.get_file(self._path(sha256), str(path))
        return path

    def delete(self, sha256: str) -> None:
        """Remove a file; nothing when there is none."""
        with self._lock:
            archive = self._archives.pop(sha256, None)
        if archive is not None:
            _close(archive)  # an open file stays on the disk
        with suppress(FileNotFoundError):
            self._fs.rm_file(self._path(sha256))

    def list(self) -> set[str]:
        """Return the names of all files that were put, and of what a broken write left of them."""
        names = {path.rsplit("/", 1)[-1] for path in self._fs.find(self._root)}
        return {name for name in names if _NAME.fullmatch(name)}


def _close(archive: zipfile.ZipFile) -> None:
    file = archive.fp
    archive.close()  # leaves alone what it was given open
    if file is not None:
        file.close()

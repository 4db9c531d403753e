"""Pictures in tar files, read in one pass: no name in them is ever used for writing."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, cast

from locard.exhibit import ExhibitError, Limits

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_CHUNK = 2**20
# What a damaged or hostile archive makes tarfile and the decompressors raise.
_DAMAGE = (
    tarfile.TarError,
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    OverflowError,
    RecursionError,
)


class _Guarded:
    """A file that refuses reads of more than a few megabytes at once.

    A header of a tar file may announce a name of any length, which tarfile would read in full.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, count: int = -1) -> bytes:
        if not 0 <= count <= 4 * _CHUNK:
            raise tarfile.ReadError("a header announces too much")
        return self._file.read(count)


def _decompressed(file: IO[bytes]) -> IO[bytes]:
    start = file.read(6)
    file.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if start.startswith(b"BZh"):
        return bz2.BZ2File(file)
    if start == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(file)
    return file


def too_large(limits: Limits) -> ExhibitError:
    """Return what is raised for a file that is not read for its size."""
    most = limits.max_bytes / 2**20
    return ExhibitError(f"the file has more than {most:.0f} MiB; raise the limit with --max-bytes")


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo, limits: Limits) -> bytes:
    if not member.isreg():
        raise ExhibitError("this is a link or device in an archive, not a file")
    if member.size > limits.max_bytes:
        raise too_large(limits)
    found = io.BytesIO()
    try:
        with cast(IO[bytes], tar.extractfile(member)) as file:
            while chunk := file.read(_CHUNK):
                found.write(chunk)
    except _DAMAGE:
        raise ExhibitError("the archive is damaged at this file") from None
    return found.getvalue()


class Member:
    """One member of a tar file.

    Attributes:
        name: as the archive gives it, at most 1,000 characters; for showing only.
        offset: of its header in the decompressed archive, which tells equal names apart.
    """

    def __init__(self, tar: tarfile.TarFile, info: tarfile.TarInfo, limits: Limits) -> None:
        self.name, self.offset = info.name[:1000], info.offset
        self._of = tar, info, limits

    def read(self) -> bytes:
        """Return its bytes; only before the next member is asked for.

        Raises: ExhibitError when it is no file, too large or damaged.
        """
        return _read(*self._of)


def members(file: IO[bytes], limits: Limits) -> Iterator[Member]:
    """Yield what is in a tar file but folders, in its order; memory does not grow with it.

    Raises: ExhibitError, one sentence, where the archive is damaged.
    """
    count = 0
    try:
        stream: Any = _Guarded(_decompressed(file))
        with tarfile.open(fileobj=stream, mode="r:", errorlevel=0) as tar:
            reached = -1
            while (info := tar.next()) is not None:
                # tarfile keeps all it has seen; and a negative size leads it back for ever.
                cast(Any, tar).members.clear()
                if tar.offset <= reached or info.size < 0:
                    raise tarfile.ReadError("a size is negative")
                reached = tar.offset
                if not info.isdir():
                    count += 1
                    yield Member(tar, info, limits)
            # tarfile takes a header that it cannot read for the end.
            stream.seek(tar.offset)
            if stream.read(tarfile.BLOCKSIZE).strip(b"\0"):
                raise tarfile.ReadError("a header is damaged")
    except _DAMAGE:
        raise ExhibitError(
            f"the archive cannot be read further than its first {count} files; fetch it again"
            if count
            else "this is not a tar archive that can be read"
        ) from None

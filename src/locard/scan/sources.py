"""What is to be scanned: folders, globs, tar archives, lists of paths, and fsspec URLs."""

from __future__ import annotations

import csv
import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from locard.exhibit import ExhibitError, Limits, read_file
from locard.scan import archives
from locard.scan.results import JOURNAL_ENDS, ScanError

PICTURES = frozenset(
    (
        ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp", ".mpo", ".jps", ".insp",
        ".png", ".apng", ".tif", ".tiff", ".webp", ".bmp", ".dib", ".gif",
        ".heic", ".heif", ".hif", ".heics", ".heifs", ".avif", ".avifs",
        # Camera raw: with a head of its own, or as TIFF.
        ".cr3", ".cr2", ".crw", ".orf", ".ori", ".rw2", ".rwl", ".raf", ".x3f", ".mrw",
        ".dng", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".pef", ".srw", ".3fr", ".fff", ".iiq",
        ".erf", ".kdc", ".dcr", ".mef", ".mos", ".gpr",
    )
)  # fmt: skip
_LISTS = (".csv", ".txt")
_PATH_COLUMNS = ("path", "file", "filename", "file_name", "image", "url")
_MAGIC = re.compile(r"[*?\[]")
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a source.

    Attributes:
        path: of the file or archive, or its URL; always valid UTF-8.
        member: name within the archive, "" for what is not in one. Never used as a path.
        offset: of the member in the archive, which tells equal names apart.
        read: returns the bytes, raises ExhibitError.
        streamed: to be read before the next entry is asked for.
    """

    path: str
    member: str = ""
    offset: int = 0
    read: Callable[[], bytes] = field(compare=False, kw_only=True)
    streamed: bool = field(default=False, compare=False)

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells it from all others."""
        return self.path, self.member, self.offset


@dataclass(slots=True)
class Choice:
    """Which files of folders, globs and archives are taken.

    Attributes:
        every: whatever their names; else those with the name of a picture.
        journal: of the scan itself, which is not one of its items.
        left_out: how many were not taken for their names, so far.
    """

    every: bool = False
    journal: Path | None = None
    left_out: int = 0

    def takes(self, name: str) -> bool:
        """Whether a file is taken for its name; counts those that are not."""
        if self.every or os.path.splitext(name)[1].lower() in PICTURES:
            return True
        self.left_out += 1
        return False

    def is_own(self, file: Path) -> bool:
        """Whether a file is of the journal of the scan."""
        if self.journal is None or not file.name.startswith(self.journal.name):
            return False  # nearly all of them, without a look at the disk
        end = file.name.removeprefix(self.journal.name)
        return end in JOURNAL_ENDS and file.parent.resolve() == self.journal.parent.resolve()


def entries(sources: Sequence[str], limits: Limits, choice: Choice) -> Iterator[Entry]:
    """Yield all items of the sources as they are asked for.

    Folders are walked without following links to folders; archives in them are opened.

    Raises: ScanError for a source that is not there or cannot be opened.
    """
    for source in sources:
        for expanded in _expand(local(source)):
            yield from _entries(expanded, limits, choice)


def _expand(source: str) -> Iterator[str]:
    """Expand ranges as in "shard-{000..099}.tar"."""
    found = _RANGE.search(source)
    if found is None:
        yield source
        return
    first, last = found.groups()
    if int(first) > int(last):
        raise ScanError(f"the range {found[0]} in {_text(source)} holds nothing; turn it round")
    for number in range(int(first), int(last) + 1):
        middle = str(number).zfill(len(first))
        yield from _expand(source[: found.start()] + middle + source[found.end() :])


def is_url(source: str) -> bool:
    """Whether a source is for fsspec; what is there under its name is not."""
    url = ("://" in source or "::" in source) and not os.path.exists(source)
    return url and local(source) == source


def local(source: str) -> str:
    """Return the path that a file URL names, and any other source as it is.

    What lies on this machine is read in one way: a pipe, say, is not waited for.
    """
    if not source.startswith("file:///") or "::" in source or os.path.exists(source):
        return source
    path = source.removeprefix("file://")
    decoded = unquote(path)
    return decoded if os.path.lexists(decoded) and not os.path.lexists(path) else path


def absolute(source: str) -> str:
    """Return a source so that it means the same in every folder."""
    source = local(source)
    return source if is_url(source) else str(Path(source).absolute())


def _entries(source: str, limits: Limits, choice: Choice) -> Iterator[Entry]:
    if is_url(source):
        yield from _remote(source, limits, choice)
        return
    if "\0" in source:
        raise ScanError("the path of a source holds a null byte")
    path = Path(source)
    if path.is_dir():
        for file in _walk(path):
            yield from _found(file, limits, choice)
    elif path.exists():
        yield from _file(path, limits, choice, found=False)
    elif _MAGIC.search(source):
        matched = False
        for file in _globbed(source):
            matched = True
            yield from _found(file, limits, choice)
        if not matched:
            raise ScanError(f"nothing matches {_text(source)}")
    else:
        raise ScanError(f"there is no file or folder {_text(source)}")


def _found(file: Path | Entry, limits: Limits, choice: Choice) -> Iterator[Entry]:
    if isinstance(file, Entry):
        yield file
    elif not choice.is_own(file):
        yield from _file(file, limits, choice, found=True)


def _globbed(pattern: str) -> Iterator[Path | Entry]:
    """Yield the files that a pattern matches, and those below the folders that it matches, once.

    As everywhere, links to folders are not followed; names with a dot in front are left out.
    """
    parts = Path(pattern).parts
    at = parts.index("**") if "**" in parts else len(parts)
    for name in glob.iglob(os.path.join(*parts[:at])) if at else ["."]:
        here = Path(name)
        if not here.is_dir():
            if at == len(parts):
                yield here
        elif at < len(parts) or not here.is_symlink():
            for file in _walk(here):
                if isinstance(file, Entry) or _matches(file.relative_to(here).parts, parts[at:]):
                    yield file


def _matches(names: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether names, from the first to one of them, are what a pattern says."""
    if not pattern:
        return True
    if pattern[0] == "**":
        shown = list(takewhile(lambda name: not name.startswith("."), names))
        if len(pattern) == 1:
            return len(shown) == len(names)
        return any(_matches(names[i:], pattern[1:]) for i in range(len(shown) + 1))
    return bool(names) and fnmatchcase(names[0], pattern[0]) and _matches(names[1:], pattern[1:])


def _text(path: str | os.PathLike[str]) -> str:
    """Return a path as text that can be stored; names that are not UTF-8 are escaped."""
    return os.fspath(path).encode("utf-8", "backslashreplace").decode()


def _walk(folder: Path) -> Iterator[Path | Entry]:
    """Yield the files below a folder as they lie; a folder that cannot be read is one bad entry."""
    folders = [os.fspath(folder)]
    while folders:
        here = folders.pop()
        try:
            with os.scandir(here) as found:
                for entry in found:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif not _leads_to_folder(entry):
                        yield Path(entry.path)
        except OSError as error:
            sentence = f"the folder cannot be read ({error.strerror})"
            yield Entry(_text(here), read=partial(_fail, sentence))


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link to itself: what reads it says so, and what lies beside it is not lost.
        return False


def _file(path: Path, limits: Limits, choice: Choice, found: bool) -> Iterator[Entry]:
    """Yield what a local file holds; one that was named is taken whatever its name."""
    name = path.name.lower()
    archive, listing = name.endswith(archives.SUFFIXES), name.endswith(_LISTS) and not found
    itself = Entry(_text(path), read=partial(read_file, path, limits))
    if (archive or listing) and not os.path.isfile(path):
        # A pipe would be waited for without end; what reads it says what is wrong.
        yield itself
    elif archive:
        yield from _archive(_text(path), lambda: path.open("rb"), limits, choice)
    elif listing:
        with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            yield from _listed(file, str(path.parent), limits, str(path))
    elif not found or choice.takes(name):
        yield itself


def _archive(
    path: str, open_it: Callable[[], IO[bytes]], limits: Limits, choice: Choice
) -> Iterator[Entry]:
    try:
        with open_it() as file:
            for member in archives.members(file, limits):
                # The part after the last dot decides, so a name of a WebDataset key will do.
                if choice.takes(member.name):
                    name = _text(member.name)
                    yield Entry(path, name, member.offset, read=member.read, streamed=True)
    except ExhibitError as error:
        yield Entry(path, read=partial(_fail, str(error)))
    except OSError as error:
        yield Entry(path, read=partial(_fail, f"the file cannot be read ({_why(error)})"))


def _why(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(said).splitlines()[0][:200]


def _fail(sentence: str) -> bytes:
    raise ExhibitError(sentence)


def _listed(file: IO[str], base: str, limits: Limits, name: str) -> Iterator[Entry]:
    """Yield the files that a list names; relative ones lie below the list's folder.

    A table has commas and quotes; in plain text a line is a path, whatever is in it.
    """
    plain = name.lower().endswith(".txt")
    rows = ([line.rstrip("\r\n")] for line in file) if plain else csv.reader(file)
    column = 0
    try:
        for number, row in enumerate(rows):
            if number == 0:
                head = [cell.strip().lower() for cell in row]
                known = [head.index(one) for one in _PATH_COLUMNS if one in head]
                if known:
                    column = known[0]
                    continue
            if len(row) <= column or not row[column].strip():
                continue
            cell = local(row[column] if plain else row[column].strip())
            path = os.path.join(base, cell)
            if is_url(cell) and not os.path.exists(path):
                yield _url(cell, limits)
            elif is_url(base):
                yield _url(f"{base}/{cell}", limits)
            else:
                yield Entry(_text(path), read=partial(read_file, Path(path), limits))
    except csv.Error as error:
        raise ScanError(f"{_text(name)} is not a list of paths: {error}") from None


def _fsspec() -> Any:
    try:
        import fsspec
    except ImportError:
        raise ScanError("URLs need one more package: pip install 'locard[scan]'") from None
    return fsspec


def _fetch(open_it: Callable[[], Any], limits: Limits) -> bytes:
    """Return the bytes of a file in a store, never more than the limit."""
    try:
        with open_it() as file:
            data: bytes = file.read(limits.max_bytes + 1)
    # Stores raise errors of their own kinds; here each costs one row.
    except Exception as error:
        raise ExhibitError(f"it cannot be fetched ({_why(error)})") from None
    if len(data) > limits.max_bytes:
        raise archives.too_large(limits)
    return data


def _url(url: str, limits: Limits) -> Entry:
    opened = partial(_fsspec().open, url, "rb")
    return Entry(_text(url), read=partial(_fetch, opened, limits))


def _remote(url: str, limits: Limits, choice: Choice) -> Iterator[Entry]:
    fsspec = _fsspec()
    try:
        store, path = fsspec.core.url_to_fs(url)
        if _MAGIC.search(path):
            found = _matched(store, path)
        elif store.isdir(path):
            found = _walk_store(store, path)
        elif not store.exists(path):
            raise ScanError(f"there is nothing at {_text(url)}")
        elif path.lower().endswith(_LISTS):
            with fsspec.open(url, "r", newline="", encoding="utf-8-sig") as file:
                yield from _listed(file, url.rpartition("/")[0], limits, url)
            return
        else:
            yield from _stored(store, path, limits, choice, found=False)
            return
        for one in found:
            yield from _stored(store, one, limits, choice, found=True)
    except ScanError:
        raise
    # Stores raise errors of their own kinds.
    except Exception as error:
        raise ScanError(f"{_text(url)} cannot be opened ({_why(error)})") from None


def _matched(store: Any, pattern: str) -> Iterator[str]:
    """Yield the files that a pattern matches, and those of the folders that it matches."""
    matched = store.glob(pattern, detail=True)
    if not matched:
        raise ScanError(f"nothing matches {_text(store.unstrip_protocol(pattern))}")
    # Where the end matches everything, it has matched what is in the folders too.
    deep = "**" in pattern and pattern.rsplit("/", 1)[-1] in ("*", "**")
    seen: set[str] = set()
    for name in sorted(matched):
        if matched[name].get("type") != "directory":
            files: Iterator[str] = iter([name])
        else:
            files = iter(()) if deep else _walk_store(store, name)
        for file in files:
            if file not in seen:
                seen.add(file)
                yield file


def _walk_store(store: Any, folder: str) -> Iterator[str]:
    for above, folders, files in store.walk(folder):
        folders.sort()
        for name in sorted(files):
            yield f"{above.rstrip('/')}/{name}"


def _stored(store: Any, path: str, limits: Limits, choice: Choice, found: bool) -> Iterator[Entry]:
    shown = store.unstrip_protocol(path)
    if path.lower().endswith(archives.SUFFIXES):
        yield from _archive(_text(shown), partial(store.open, path, "rb"), limits, choice)
    elif not found or choice.takes(path):
        opened = partial(store.open, path, "rb")
        yield Entry(_text(shown), read=partial(_fetch, opened, limits))

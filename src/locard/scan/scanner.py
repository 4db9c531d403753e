"""`scan`: everything in the sources, examined once, a row each."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from locard.examination import examine
from locard.exhibit import ExhibitError, Limits
from locard.report.strings import printable
from locard.scan.results import (
    JOURNAL_ENDS,
    Journal,
    ScanError,
    Settings,
    describe,
    opinion_row,
)
from locard.scan.sources import Choice, Entry, absolute, entries
from locard.workers import as_done

# Files read at once: a store answers after a tenth of a second, and workers must not wait for it.
_READERS = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes to examine, and their SHA-256."""

    sha256: str
    data: bytes


@dataclass(slots=True)
class Progress:
    """How far a scan is.

    Attributes:
        resumed: rows that an earlier run had made.
        fresh: rows made since, of which ``examined`` by an examination.
        seconds: since the scan began.
    """

    resumed: int = 0
    fresh: int = 0
    examined: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Rows made per second."""
        return self.fresh / self.seconds if self.seconds > 0 else 0.0

    def left_s(self, total: int | None) -> float | None:
        """Seconds to the end at this rate; None while nothing is known."""
        if total is None or self.rate == 0.0:
            return None
        return max(0, total - self.resumed - self.fresh) / self.rate


@dataclass(frozen=True, slots=True)
class Summary:
    """What a scan gave: rows, different pictures among them, and rows with an error.

    ``left_out``: files in folders and archives that were not taken for their names.
    """

    items: int
    pictures: int
    errors: int
    left_out: int = 0


class Engine(Protocol):
    """Runs work on pictures somewhere, a bounded number ahead; see `locard.workers.as_done`."""

    def __call__(
        self,
        work: Callable[[Picture], dict[str, Any]],
        tasks: Iterable[Picture],
        workers: int,
    ) -> Iterator[tuple[Picture, dict[str, Any] | None]]:
        """Yield each picture with its row as it is done; None where its process died."""


def examine_picture(picture: Picture, settings: Settings) -> dict[str, Any]:
    """Examine one picture; returns its row, or the error that it gave.

    Raises: OSError when its maps cannot be written: the scan must stop, not lose them.
    """
    limits = Limits(
        max_bytes=settings.max_bytes, max_pixels=settings.max_pixels, time_s=settings.time_s
    )
    start = time.perf_counter()
    row: dict[str, Any]
    try:
        report = examine(
            picture.data,
            methods=settings.methods,
            profile=settings.profile,
            prior=settings.prior,
            limits=limits,
            threads=1,
            stability=settings.stability,
            name=picture.sha256,
        )
        row = opinion_row(report)
    except ExhibitError as error:
        row = {"error": printable(str(error), 400)}
    except MemoryError:
        row = {"error": "there is not enough memory; lower --max-pixels or --jobs"}
    # One strange picture must not cost the days that a scan takes.
    except Exception as error:
        row = {"error": printable(f"the examination failed: {type(error).__name__}: {error}", 400)}
    else:
        if settings.maps is not None:
            # By the hash alone: nothing that a file or an archive says becomes a path.
            place = f"{picture.sha256[:2]}/{picture.sha256}"
            report.save(Path(settings.maps) / place, html=False)
            row["maps"] = place
    row.setdefault("seconds", round(time.perf_counter() - start, 4))
    return row


def _read(entry: Entry) -> tuple[bytes | None, str]:
    """Return the bytes of an entry, or None and why there are none."""
    try:
        return entry.read(), ""
    except ExhibitError as error:
        return None, str(error)
    except MemoryError:
        return None, "there is not enough memory; lower --max-bytes"


def _read_ahead(
    found: Iterable[Entry], readers: int
) -> Iterator[tuple[Entry, tuple[bytes | None, str]]]:
    """Yield entries with what was read of them, a few files ahead of their use."""
    waiting: deque[tuple[Entry, Future[tuple[bytes | None, str]]]] = deque()
    trouble: ScanError | None = None
    with ThreadPoolExecutor(readers, thread_name_prefix="locard-read") as pool:
        try:
            for entry in found:
                if entry.streamed:
                    done: Future[tuple[bytes | None, str]] = Future()
                    done.set_result(_read(entry))
                    waiting.append((entry, done))
                else:
                    waiting.append((entry, pool.submit(_read, entry)))
                if len(waiting) >= readers:
                    entry, read = waiting.popleft()
                    yield entry, read.result()
        except ScanError as error:
            # What was read before a source that is not there is not lost.
            trouble = error
        for entry, read in waiting:
            yield entry, read.result()
        if trouble is not None:
            raise trouble


def _journal(out: Path) -> Path:
    return out.with_name(out.name + ".journal")


def count(sources: Sequence[str], out: Path, settings: Settings, every: bool = False) -> int:
    """Count the items of the sources without reading them.

    Raises: ScanError, as `scan`.
    """
    limits = Limits(max_bytes=settings.max_bytes)
    return sum(1 for _ in entries(sources, limits, Choice(every, _journal(out))))


def scan(
    sources: Sequence[str],
    out: Path,
    settings: Settings | None = None,
    *,
    engine: Engine = as_done,
    workers: int = 1,
    every: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """Examine all pictures of the sources and write one Parquet file with a row for each.

    A scan that was interrupted, in whatever way, goes on when it is asked for again; one that is
    complete is not done again. The rows are the same for every engine and number of workers.

    Args:
        sources: folders, files, globs, tar archives, lists (.csv, .txt), fsspec URLs.
        out: file to write; the journal lies beside it until it is complete.
        engine: what runs the examinations.
        workers: examinations at once; one works in this process.
        every: also files whose names are not those of pictures.
        progress: called after every row, and about every thousand rows that were there.

    Raises: ScanError for sources that are not there or hold nothing, for another scan's output;
        OSError when the output cannot be written.
    """
    settings = settings or Settings()
    about = describe(tuple(map(absolute, sources)), every, settings)
    journal_file = _journal(out)
    if out.exists():
        return _finished(out, journal_file, about)
    new = not journal_file.exists()
    limits = Limits(max_bytes=settings.max_bytes)
    choice = Choice(every, journal_file)
    now = Progress()
    start = time.perf_counter()
    flying: set[str] = set()

    def tell() -> None:
        now.seconds = time.perf_counter() - start
        progress(now)

    with Journal(journal_file, about) as journal:

        def missing() -> Iterator[Entry]:
            for entry in entries(sources, limits, choice):
                if journal.has(entry):
                    now.resumed += 1
                    if now.resumed % 1000 == 0:
                        tell()
                else:
                    yield entry

        def pictures() -> Iterator[Picture]:
            for entry, (data, why) in _read_ahead(missing(), _READERS):
                if data is None:
                    journal.add_unreadable(entry, why)
                else:
                    sha256 = hashlib.sha256(data).hexdigest()
                    journal.add_item(entry, sha256, len(data))
                    if sha256 not in flying and not journal.is_examined(sha256):
                        flying.add(sha256)
                        yield Picture(sha256, data)
                        continue
                now.fresh += 1
                tell()

        work = partial(examine_picture, settings=settings)
        try:
            for picture, row in engine(work, pictures(), workers):
                journal.add_picture(
                    picture.sha256, row or {"error": "the examination ended unexpectedly"}
                )
                flying.discard(picture.sha256)
                now.fresh += 1
                now.examined += 1
                tell()
        except ScanError:
            if new and not journal.counts()["items"]:
                journal.delete()
            raise
        if not journal.counts()["items"]:
            journal.delete()
            more = f"; {choice.left_out} files have other names" if choice.left_out else ""
            raise ScanError("there are no pictures in " + printable(", ".join(sources), 200) + more)
        left_out = choice.left_out
        summary = Summary(**journal.export(out, {**about, "left_out": left_out}), left_out=left_out)
        journal.delete()
    return summary


def _finished(out: Path, journal: Path, about: dict[str, Any]) -> Summary:
    """Return what a finished scan gave, when it is the one asked for."""
    from locard.scan.results import read_description

    found = read_description(out)
    if found is None or {name: found.get(name) for name in about} != about:
        raise ScanError(f"{out} is there and of something else; choose another --out")
    for end in JOURNAL_ENDS:
        # Left by a process that ended between the last two steps.
        journal.with_name(journal.name + end).unlink(missing_ok=True)
    return Summary(found["items"], found["pictures"], found["errors"], found.get("left_out", 0))

"""What a scan gives: a row per item, kept in a journal until all are there, then in Parquet.

The journal is one SQLite file beside the output. Every row is a transaction, so a process that is
killed at any point loses the pictures in its hands and nothing else; and finding an item or a hash
among millions needs no memory.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locard.methods import Question
from locard.methods.contract import LATE
from locard.opinion.opinion import weight
from locard.parquet import Writer
from locard.report.schema import locard_version, round_number
from locard.report.strings import printable

if TYPE_CHECKING:
    from locard.report import Report
    from locard.scan.sources import Entry

FORMAT = "locard.scan/1"
STRONGEST = 3
_KEY = b"locard"
_ROW_GROUP = 8192
# How the names of a journal's files end: SQLite keeps two beside it.
JOURNAL_ENDS = ("", "-wal", "-shm")


class ScanError(ValueError):
    """A scan that cannot be done; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How each picture is examined; plain values, so that it reaches other processes.

    Attributes:
        maps: folder for the report and the maps of each picture, named by its hash.
        Others: as of `locard.examine` and `locard.Limits`.
    """

    profile: str = "quick"
    methods: tuple[str, ...] | None = None
    prior: float = 0.5
    stability: bool = True
    max_bytes: int = 256 * 2**20
    max_pixels: int = 150_000_000
    time_s: float = 180.0
    maps: str | None = None


def opinion_row(report: Report) -> dict[str, Any]:
    """Return what a row says of one examined picture, as plain values."""
    row: dict[str, Any] = {
        "format": report.exhibit.format,
        "width": report.exhibit.width,
        "height": report.exhibit.height,
        "verdict": str(report.opinion.verdict),
        "seconds": round(report.timing.total_s, 4),
    }
    for question in Question:
        answer = report.opinion.questions[question]
        row[f"{question}_probability"] = round_number(answer.probability, 6)
        row[f"{question}_log10_lr"] = round_number(answer.log10_lr, 4)
        stability = answer.stability
        row[f"{question}_stability"] = None if stability is None else round_number(stability, 4)
    row["contradicted"] = any(a.contradicted for a in report.opinion.questions.values())
    weighed = [(f.log10_lr * weight(f), f) for f in report.findings if f.log10_lr is not None]
    weighed.sort(key=lambda pair: -abs(pair[0]))
    row["findings"] = [
        {
            "method": finding.method,
            "question": str(finding.question),
            "log10_lr": round_number(counted, 4),
            "says": printable(finding.says, 200),
        }
        for counted, finding in weighed[:STRONGEST]
        if counted
    ]
    row["late"] = sorted({f.method for f in report.findings if f.reason == LATE})
    return row


@cache
def schema() -> Any:
    """Return the Arrow schema of the rows, see docs/scan.md.

    Raises: ScanError without pyarrow.
    """
    try:
        import pyarrow as pa
    except ImportError:
        raise ScanError("a scan needs one more package: pip install 'locard[scan]'") from None
    text, number = pa.string(), pa.float64()
    word = pa.dictionary(pa.int32(), text)
    finding = pa.struct(
        [("method", text), ("question", text), ("log10_lr", number), ("says", text)]
    )
    answers = [
        (f"{question}_{name}", number)
        for question in Question
        for name in ("probability", "log10_lr", "stability")
    ]
    return pa.schema(
        [
            ("path", text),
            ("member", text),
            ("offset", pa.int64()),
            ("sha256", text),
            ("size", pa.int64()),
            ("format", word),
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("verdict", word),
            *answers,
            ("contradicted", pa.bool_()),
            ("findings", pa.list_(finding)),
            ("late", pa.list_(text)),
            ("duplicate", pa.bool_()),
            ("maps", text),
            ("seconds", number),
            ("error", text),
        ]
    )


_TABLES = """
CREATE TABLE IF NOT EXISTS about (settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS items (
    path TEXT, member TEXT, offset INTEGER, sha256 TEXT, size INTEGER, error TEXT,
    PRIMARY KEY (path, member, offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pictures (
    sha256 TEXT PRIMARY KEY, row TEXT,
    path TEXT NOT NULL, member TEXT NOT NULL, offset INTEGER NOT NULL
) WITHOUT ROWID;
"""


class Journal:
    """The rows of a scan that is under way; use as a context manager.

    An item is an occurrence, a picture is its bytes: a picture that occurs many times is examined
    once. Only one process may hold it.

    Args: about: what must be the same for a scan to go on.

    Raises: ScanError when it is of another scan, held by another process, or damaged; and at the
        end of the context in which it could not be written.
    """

    def __init__(self, file: Path, about: Mapping[str, Any]) -> None:
        self.file = file
        wanted = json.dumps(about, sort_keys=True)
        try:
            self._database = sqlite3.connect(file, timeout=0.0, isolation_level=None)
            try:
                self._database.execute("PRAGMA locking_mode=EXCLUSIVE")
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=NORMAL")
                self._database.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
                kept = self._database.execute("SELECT settings FROM about").fetchone()
                if kept is None:
                    self._database.execute("INSERT INTO about VALUES (?)", (wanted,))
            except BaseException:
                self._database.close()
                raise
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise ScanError(f"another scan is writing to {file}; wait for it") from None
            raise ScanError(f"{file} cannot be written ({error})") from None
        except sqlite3.DatabaseError:
            raise ScanError(
                f"{file} is not the journal of a scan; delete it or choose another --out"
            ) from None
        if kept is not None and kept[0] != wanted:
            self._database.close()
            raise ScanError(
                f"{file} is of a scan with other sources or settings; give the same command "
                "again, or delete it and choose what to do anew"
            )

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: object, error: BaseException | None, *rest: object) -> None:
        self._database.close()
        if isinstance(error, sqlite3.OperationalError):
            raise ScanError(
                f"{self.file} cannot be written ({error}); the same command goes on once it can"
            ) from None

    def delete(self) -> None:
        """Close it and delete its file."""
        self._database.close()
        for end in JOURNAL_ENDS:
            self.file.with_name(self.file.name + end).unlink(missing_ok=True)

    def has(self, entry: Entry) -> bool:
        """Whether an item's row is complete."""
        found = self._database.execute(
            "SELECT i.error IS NOT NULL OR p.row IS NOT NULL FROM items i "
            "LEFT JOIN pictures p USING (sha256) "
            "WHERE i.path = ? AND i.member = ? AND i.offset = ?",
            entry.key,
        ).fetchone()
        return found is not None and bool(found[0])

    def add_unreadable(self, entry: Entry, error: str) -> None:
        """Keep an item that has no bytes to examine."""
        self._database.execute(
            "INSERT OR REPLACE INTO items VALUES (?, ?, ?, NULL, NULL, ?)",
            (*entry.key, printable(error, 400)),
        )

    def add_item(self, entry: Entry, sha256: str, size: int) -> None:
        """Keep an item; the first by path, member and offset stands for all of its picture."""
        with self._database as transaction:
            transaction.execute("BEGIN")
            transaction.execute(
                "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, NULL)",
                (*entry.key, sha256, size),
            )
            transaction.execute(
                "INSERT INTO pictures VALUES (?4, NULL, ?1, ?2, ?3) ON CONFLICT DO UPDATE "
                "SET path = ?1, member = ?2, offset = ?3 "
                "WHERE (?1, ?2, ?3) < (path, member, offset)",
                (*entry.key, sha256),
            )

    def is_examined(self, sha256: str) -> bool:
        """Whether the row of a picture is there."""
        found = self._database.execute(
            "SELECT 1 FROM pictures WHERE sha256 = ? AND row IS NOT NULL", (sha256,)
        ).fetchone()
        return found is not None

    def add_picture(self, sha256: str, row: Mapping[str, Any]) -> None:
        """Keep what the examination of a picture gave."""
        self._database.execute(
            "UPDATE pictures SET row = ? WHERE sha256 = ?", (json.dumps(row), sha256)
        )

    def counts(self) -> dict[str, int]:
        """Return the numbers of items, of pictures and of items with an error."""
        ask = self._database.execute
        (items,) = ask("SELECT count(*) FROM items").fetchone()
        (pictures,) = ask("SELECT count(DISTINCT sha256) FROM items").fetchone()
        (failed,) = ask(
            "SELECT count(*) FROM items i LEFT JOIN pictures p USING (sha256) "
            "WHERE p.row IS NULL OR json_extract(p.row, '$.error') IS NOT NULL"
        ).fetchone()
        return {"items": items, "pictures": pictures, "errors": failed}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows, ordered by path, member and offset."""
        asked = self._database.execute(
            "SELECT i.path, i.member, i.offset, i.sha256, i.size, i.error, p.row, "
            "(i.path, i.member, i.offset) IS NOT (p.path, p.member, p.offset) "
            "FROM items i LEFT JOIN pictures p USING (sha256) "
            "ORDER BY i.path, i.member, i.offset"
        )
        with closing(asked):
            for path, member, offset, sha256, size, error, kept, other in asked:
                duplicate = sha256 is not None and bool(other)
                row: dict[str, Any] = {
                    "path": path,
                    "member": member or None,
                    "offset": offset if member else None,
                    "sha256": sha256,
                    "size": size,
                    "error": error or (None if kept else "it was gone when the scan went on"),
                    "duplicate": duplicate,
                    **(json.loads(kept) if kept else {}),
                }
                if duplicate:
                    row["seconds"] = 0.0
                yield row

    def export(self, out: Path, about: Mapping[str, Any]) -> dict[str, int]:
        """Write all rows to a Parquet file, a row group at a time; returns `counts`."""
        import pyarrow as pa

        counts = self.counts()
        described = {"format": FORMAT, **about, **counts}
        waiting: list[dict[str, Any]] = []
        with Writer(out, schema()) as writer:
            for row in self.rows():
                waiting.append(row)
                if len(waiting) == _ROW_GROUP:
                    writer.append(pa.Table.from_pylist(waiting, schema()))
                    waiting = []
            writer.append(pa.Table.from_pylist(waiting, schema()))
            writer.keep({_KEY: json.dumps(described).encode()})
        return counts


def describe(sources: tuple[str, ...], every: bool, settings: Settings) -> dict[str, Any]:
    """Return what a scan is: two with the same description give the same rows.

    Args: sources: absolute ones, since those of two folders are two scans.
    """
    fields = asdict(settings)
    fields["methods"] = list(settings.methods) if settings.methods is not None else None
    return {
        "version": locard_version(),
        "sources": list(sources),
        "every": every,
        "settings": fields,
    }


def read_description(file: Path) -> dict[str, Any] | None:
    """Return what a finished scan says of itself; None for any other file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as opened:
            kept = json.loads((opened.metadata.metadata or {}).get(_KEY, b"{}"))
    except (OSError, pa.ArrowException, ValueError):
        return None
    return kept if isinstance(kept, dict) and kept.get("format") == FORMAT else None


def failures(file: Path, most: int) -> list[tuple[str, str]]:
    """Return the first items of a scan that could not be examined, each with its reason.

    Both are safe to show; the names in the table are as they were found.
    """
    import pyarrow.compute as compute
    import pyarrow.dataset as dataset

    rows = dataset.dataset(file).scanner(
        columns=["path", "member", "error"], filter=compute.field("error").is_valid()
    )
    return [
        (printable(" ".join(filter(None, (row["path"], row["member"])))), row["error"])
        for row in rows.head(most).to_pylist()
    ]

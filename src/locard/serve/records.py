"""Examinations, their files and cases: the one place that writes database and store.

Who owns a record is checked here: nobody reads or changes another's.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import ColumnElement, Engine, delete, func, or_, select, text, update
from sqlalchemy.orm import Session, undefer

from locard.serve import wire
from locard.serve.database import (
    CaseRow,
    DatabaseError,
    ExaminationRow,
    FileRow,
    StoreRow,
    TagRow,
)
from locard.serve.store import Store
from locard.serve.wire import State

UPLOAD = "upload"
_ATTEMPTS = 3
_GIVEN_UP = f"the examination was begun {_ATTEMPTS} times, and the service or its process ended"
# Examinations deleted at a time: databases take some ten thousand values in a statement, and each
# examination has tens of files.
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that was sent, and what to do with it."""

    name: str
    data: BinaryIO
    size: int


@dataclass(frozen=True, slots=True)
class Job:
    """An examination that a worker has to do."""

    id: str
    sha256: str
    name: str
    profile: str
    language: str
    stability: bool
    attempts: int


class QueueFull(RuntimeError):
    """More would wait than may."""


class Missing(LookupError):
    """There is no such thing, or it belongs to somebody else; the message is one sentence."""


def _now() -> datetime:
    return datetime.now(UTC)


def _examination(row: ExaminationRow) -> wire.Examination:
    return wire.Examination(
        id=row.id, name=row.name, sha256=row.sha256, size=row.size, state=State(row.state),
        profile=row.profile, language=row.language, case=row.case_id, verdict=row.verdict,
        error=row.error, created=row.created, ended=row.ended,
    )  # fmt: skip


def _older(last: ExaminationRow | CaseRow) -> ColumnElement[bool]:
    """What follows a row where the newest comes first; the id decides between equal times."""
    table = type(last)
    return or_(table.created < last.created, (table.created == last.created) & (table.id < last.id))


class Records:
    """Everything that is kept.

    Raises: DatabaseError when the store is not that of the database; nothing is changed then.
    """

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine, self.store = engine, store
        # A file is shared by all records that name its content: none is added while one is removed.
        self._lock = threading.Lock()
        self._own_store()

    def _own_store(self) -> None:
        # `resume` removes files that no record names: in the store of another database, all.
        with Session(self._engine) as session:
            known, found = session.scalar(select(StoreRow.id)), self.store.read_id()
            if known is not None and known == found:
                return
            stored = self.store.list()
            named = set(session.scalars(select(FileRow.sha256)))
            # Both are new, or were used together before stores had an id.
            if found is not None or not (stored & named or not stored | named):
                raise DatabaseError(
                    "the store and the database do not belong together, and nothing was changed; "
                    "give --data, --database and --store as they were used together before, or "
                    "start with a new database and a new store"
                )
            if known is None:
                known = uuid.uuid4().hex
                session.add(StoreRow(id=known))
                session.commit()
            # After a crash before this line, the next start comes here again.
            self.store.write_id(known)

    # The queue

    def resume(self) -> int:
        """Put back what a stopped service left, and remove files that no record names.

        What has been tried often enough has failed: it may be what ended the service.

        Returns: how many examinations wait.
        """
        left = ExaminationRow.state == State.RUNNING
        with self._lock, Session(self._engine) as session:
            session.execute(
                update(ExaminationRow)
                .where(left, ExaminationRow.attempts >= _ATTEMPTS)
                .values(state=State.FAILED, error=_GIVEN_UP, ended=_now())
            )
            session.execute(update(ExaminationRow).where(left).values(state=State.QUEUED))
            session.commit()
            for sha256 in self.store.list() - set(session.scalars(select(FileRow.sha256))):
                self.store.delete(sha256)
        return self.waiting()

    def waiting(self) -> int:
        """Return how many examinations wait."""
        with Session(self._engine) as session:
            return self._waiting(session)

    def _waiting(self, session: Session) -> int:
        count = select(func.count()).where(ExaminationRow.state == State.QUEUED)
        return session.scalar(count) or 0

    def add(
        self,
        owner: str,
        uploads: Iterable[Upload],
        *,
        profile: str,
        language: str,
        stability: bool,
        case: str | None,
        most: int,
    ) -> list[wire.Examination]:
        """Accept pictures, all or none; once this returns they will be examined.

        Raises: QueueFull when more than ``most`` would wait; Missing for an unknown case.
        """
        uploads = list(uploads)
        with self._lock, Session(self._engine) as session:
            if self._waiting(session) + len(uploads) > most:
                raise QueueFull
            if case is not None:
                self._case(session, owner, case)
            rows = []
            for upload in uploads:
                sha256 = self.store.put(upload.data)
                row = ExaminationRow(
                    id=uuid.uuid4().hex, owner=owner, case_id=case, name=upload.name,
                    sha256=sha256, size=upload.size, state=State.QUEUED, profile=profile,
                    language=language, stability=stability, attempts=0, created=_now(),
                    files=[FileRow(name=UPLOAD, sha256=sha256)],
                )  # fmt: skip
                rows.append(row)
            session.add_all(rows)
            session.flush()
            accepted = [_examination(row) for row in rows]
            session.commit()
            return accepted

    def claim(self) -> Job | None:
        """Take the examination that has waited longest."""
        with self._lock, Session(self._engine) as session:
            row = session.scalar(
                select(ExaminationRow)
                .where(ExaminationRow.state == State.QUEUED)
                .order_by(ExaminationRow.created, ExaminationRow.id)
                .limit(1)
            )
            if row is None:
                return None
            row.state = State.RUNNING
            row.attempts += 1
            job = Job(
                row.id, row.sha256, row.name, row.profile, row.language, row.stability,
                row.attempts,
            )  # fmt: skip
            session.commit()
            return job

    def put_back(self, job: Job, *, counted: bool) -> bool:
        """Let a job wait again; False when it has been tried often enough.

        Args: counted: whether the attempt was the picture's fault.
        """
        attempts = job.attempts if counted else job.attempts - 1
        if attempts >= _ATTEMPTS:
            return False
        with self._lock, Session(self._engine) as session:
            session.execute(
                update(ExaminationRow)
                .where(ExaminationRow.id == job.id)
                .values(state=State.QUEUED, attempts=attempts)
            )
            session.commit()
        return True

    def finish(self, job: Job, folder: Path, error: str | None) -> None:
        """Keep what an examination gave; nothing when it was deleted meanwhile."""
        with self._lock, Session(self._engine) as session:
            row = session.get(ExaminationRow, job.id)
            if row is None:
                return
            row.ended = _now()
            if error is not None:
                row.state, row.error = State.FAILED, error
            else:
                report = (folder / "report.json").read_text("utf-8")
                row.report = report
                row.verdict = _verdict(report)
                row.state = State.DONE
                for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                    name = path.relative_to(folder).as_posix()
                    if name != "report.json":
                        self._keep(session, job.id, name, path)
            session.commit()

    # Reading

    def examination(self, owner: str, identifier: str) -> wire.Examination:
        """Return an examination. Raises: Missing."""
        with Session(self._engine) as session:
            return _examination(self._row(session, owner, identifier))

    def move(self, owner: str, identifier: str, case: str | None) -> wire.Examination:
        """Put an examination into a case, or with None into no case. Raises: Missing."""
        with self._lock, Session(self._engine) as session:
            row = self._row(session, owner, identifier)
            if case is not None:
                self._case(session, owner, case)
            row.case_id = case
            session.flush()
            moved = _examination(row)
            session.commit()
            return moved

    def report(self, owner: str, identifier: str) -> tuple[wire.Examination, str | None]:
        """Return an examination and the JSON of its report, when it is done. Raises: Missing."""
        with Session(self._engine) as session:
            row = self._row(session, owner, identifier, whole=True)
            return _examination(row), row.report

    def file(self, identifier: str, name: str) -> str | None:
        """Return the SHA-256 of a file of an examination."""
        with Session(self._engine) as session:
            row = session.get(FileRow, (identifier, name))
            return None if row is None else row.sha256

    def keep(self, identifier: str, name: str, path: Path) -> str:
        """Add a file to an examination; returns its SHA-256. Raises: Missing."""
        with self._lock, Session(self._engine) as session:
            if session.get(ExaminationRow, identifier) is None:
                raise Missing("there is no such examination")
            sha256 = self._keep(session, identifier, name, path)
            session.commit()
            return sha256

    def _keep(self, session: Session, identifier: str, name: str, path: Path) -> str:
        with path.open("rb") as file:
            sha256 = self.store.put(file)
        session.merge(FileRow(examination_id=identifier, name=name, sha256=sha256))
        return sha256

    def page(
        self,
        owner: str,
        *,
        case: str | None = None,
        state: State | None = None,
        search: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> wire.Page:
        """Return examinations, newest first.

        Args: search: part of the name, or the start of the SHA-256.

        Raises: Missing for an unknown ``after``.
        """
        query = select(ExaminationRow).where(ExaminationRow.owner == owner)
        if case is not None:
            query = query.where(ExaminationRow.case_id == case)
        if state is not None:
            query = query.where(ExaminationRow.state == state)
        if search:
            query = query.where(
                or_(
                    ExaminationRow.name.icontains(search, autoescape=True),
                    ExaminationRow.sha256.startswith(search.lower(), autoescape=True),
                )
            )
        with Session(self._engine) as session:
            if after is not None:
                query = query.where(_older(self._row(session, owner, after)))
            order = ExaminationRow.created.desc(), ExaminationRow.id.desc()
            rows = list(session.scalars(query.order_by(*order).limit(limit + 1)))
            shown = [_examination(row) for row in rows[:limit]]
            return wire.Page(
                examinations=shown, next=shown[-1].id if len(rows) > limit and shown else None
            )

    def _row(
        self, session: Session, owner: str, identifier: str, *, whole: bool = False
    ) -> ExaminationRow:
        query = select(ExaminationRow).where(
            ExaminationRow.id == identifier, ExaminationRow.owner == owner
        )
        row = session.scalar(query.options(undefer(ExaminationRow.report)) if whole else query)
        if row is None:
            raise Missing("there is no such examination")
        return row

    # Deletion

    def delete(self, owner: str, identifier: str) -> list[str]:
        """Delete an examination with all its files. Raises: Missing.

        Returns: SHA-256 of the files that are gone.
        """
        with self._lock, Session(self._engine) as session:
            gone = self._remove(session, [self._row(session, owner, identifier)])
            self._forget(session)
            return gone

    def delete_old(self, days: float) -> list[str]:
        """Delete what ended more than ``days`` ago; returns the SHA-256 of the files."""
        with self._lock, Session(self._engine) as session:
            rows = session.scalars(
                select(ExaminationRow).where(ExaminationRow.ended < _now() - timedelta(days=days))
            ).all()
            gone = self._remove(session, rows)
            if rows:
                self._forget(session)
            return gone

    def _remove(self, session: Session, rows: Sequence[ExaminationRow]) -> list[str]:
        ids = [row.id for row in rows]
        gone: list[str] = []
        for start in range(0, len(ids), _BATCH):
            gone += self._drop(session, ids[start : start + _BATCH])
        return gone

    def _forget(self, session: Session) -> None:
        """Leave no trace of what was deleted; after the last commit of a deletion."""
        if self._engine.dialect.name == "sqlite":
            # The log still holds the pages as they were.
            session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def _drop(self, session: Session, ids: list[str]) -> list[str]:
        named = set(session.scalars(select(FileRow.sha256).where(FileRow.examination_id.in_(ids))))
        session.execute(delete(FileRow).where(FileRow.examination_id.in_(ids)))
        session.execute(delete(ExaminationRow).where(ExaminationRow.id.in_(ids)))
        session.flush()
        shared = set(session.scalars(select(FileRow.sha256).where(FileRow.sha256.in_(named))))
        gone = sorted(named - shared)
        # Records first: after a crash between the two, `resume` removes what no record names.
        session.commit()
        for sha256 in gone:
            self.store.delete(sha256)
        return gone

    # Cases

    def open_case(self, owner: str, new: wire.NewCase) -> wire.Case:
        """Make a case."""
        row = CaseRow(
            id=uuid.uuid4().hex, owner=owner, title=new.title or "untitled",
            notes=new.notes or "", created=_now(), tags=_tags(new.tags or []),
        )  # fmt: skip
        with self._lock, Session(self._engine) as session:
            session.add(row)
            session.flush()
            made = _case(row, {})
            session.commit()
            return made

    def change_case(self, owner: str, identifier: str, new: wire.NewCase) -> wire.Case:
        """Change what is given. Raises: Missing."""
        with self._lock, Session(self._engine) as session:
            row = self._case(session, owner, identifier)
            row.title = row.title if new.title is None else new.title
            row.notes = row.notes if new.notes is None else new.notes
            if new.tags is not None:
                wanted = {tag.name for tag in _tags(new.tags)}
                row.tags = [t for t in row.tags if t.name in wanted] + [
                    TagRow(name=name) for name in sorted(wanted - {t.name for t in row.tags})
                ]
            session.flush()
            changed = _case(row, self._counts(session, [row.id]))
            session.commit()
            return changed

    def case(self, owner: str, identifier: str) -> wire.Case:
        """Return a case. Raises: Missing."""
        with Session(self._engine) as session:
            row = self._case(session, owner, identifier)
            return _case(row, self._counts(session, [row.id]))

    def cases(
        self,
        owner: str,
        search: str | None = None,
        tag: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> wire.Cases:
        """Return cases, newest first.

        Args: search: part of the title or the notes.

        Raises: Missing for an unknown ``after``.
        """
        query = select(CaseRow).where(CaseRow.owner == owner)
        if search:
            query = query.where(
                or_(
                    CaseRow.title.icontains(search, autoescape=True),
                    CaseRow.notes.icontains(search, autoescape=True),
                )
            )
        if tag is not None:
            query = query.where(CaseRow.tags.any(TagRow.name == tag))
        with Session(self._engine) as session:
            if after is not None:
                query = query.where(_older(self._case(session, owner, after)))
            order = CaseRow.created.desc(), CaseRow.id.desc()
            rows = list(session.scalars(query.order_by(*order).limit(limit + 1)))
            counts = self._counts(session, [row.id for row in rows[:limit]])
            shown = [_case(row, counts) for row in rows[:limit]]
            return wire.Cases(cases=shown, next=shown[-1].id if len(rows) > limit else None)

    def delete_case(self, owner: str, identifier: str) -> list[str]:
        """Delete a case with its examinations. Raises: Missing.

        Returns: ids of the examinations.
        """
        with self._lock, Session(self._engine) as session:
            row = self._case(session, owner, identifier)
            rows = session.scalars(
                select(ExaminationRow).where(ExaminationRow.case_id == identifier)
            ).all()
            ids = [row.id for row in rows]
            self._remove(session, rows)
            session.delete(row)
            session.commit()
            self._forget(session)
            return ids

    def _case(self, session: Session, owner: str, identifier: str) -> CaseRow:
        row = session.scalar(
            select(CaseRow).where(CaseRow.id == identifier, CaseRow.owner == owner)
        )
        if row is None:
            raise Missing("there is no such case")
        return row

    def _counts(self, session: Session, cases: list[str]) -> dict[str, int]:
        query = (
            select(ExaminationRow.case_id, func.count())
            .where(ExaminationRow.case_id.in_(cases))
            .group_by(ExaminationRow.case_id)
        )
        return {case: count for case, count in session.execute(query) if case is not None}


def _tags(names: Iterable[str]) -> list[TagRow]:
    kept = dict.fromkeys(name.strip()[:60] for name in names)
    return [TagRow(name=name) for name in sorted(kept) if name]


def _case(row: CaseRow, counts: Mapping[str, int]) -> wire.Case:
    return wire.Case(
        id=row.id, title=row.title, notes=row.notes, tags=sorted(tag.name for tag in row.tags),
        created=row.created, examinations=counts.get(row.id, 0),
    )  # fmt: skip


def _verdict(report: str) -> str:
    from locard.report.schema import ReportModel

    return str(ReportModel.model_validate_json(report).opinion.verdict)

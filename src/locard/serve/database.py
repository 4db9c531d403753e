"""What is kept of examinations and cases, in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    DateTime,
    Engine,
    ForeignKey,
    Text,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from locard.serve.wire import State


class DatabaseError(RuntimeError):
    """The database cannot be used, or not with this store; the message is one sentence."""


class Moment(TypeDecorator[datetime]):
    """A time in UTC; SQLite forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Of all tables."""


class CaseRow(Base):
    """Examinations that belong together."""

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    notes: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(Moment)
    tags: Mapped[list[TagRow]] = relationship(
        cascade="all, delete-orphan", order_by="TagRow.name", lazy="selectin"
    )


class TagRow(Base):
    """A tag of a case."""

    __tablename__ = "tags"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True, index=True)


class ExaminationRow(Base):
    """One examination; those that wait or run are the queue."""

    __tablename__ = "examinations"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    state: Mapped[str] = mapped_column(default=State.QUEUED, index=True)
    profile: Mapped[str]
    language: Mapped[str]
    stability: Mapped[bool]
    attempts: Mapped[int] = mapped_column(default=0)
    verdict: Mapped[str | None]
    error: Mapped[str | None] = mapped_column(Text)
    report: Mapped[str | None] = mapped_column(Text, deferred=True)
    created: Mapped[datetime] = mapped_column(Moment, index=True)
    ended: Mapped[datetime | None] = mapped_column(Moment)
    files: Mapped[list[FileRow]] = relationship(cascade="all, delete-orphan")


class FileRow(Base):
    """A file of an examination: ``upload``, ``report.html``, ``maps/…``, ``tiles/…``."""

    __tablename__ = "files"

    examination_id: Mapped[str] = mapped_column(ForeignKey("examinations.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(index=True)


class StoreRow(Base):
    """The store that this database belongs to; one row, made at first use."""

    __tablename__ = "store"

    id: Mapped[str] = mapped_column(primary_key=True)


def open_database(url: str) -> Engine:
    """Connect, and bring the tables to this version.

    Raises: DatabaseError, one sentence without the password, when that cannot be done.
    """
    try:
        shown = make_url(url).render_as_string(hide_password=True)
        # Errors are logged, and parameters are names of pictures and reports.
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError):
        raise DatabaseError(
            "the database must be an SQLAlchemy URL such as sqlite:///x.db"
        ) from None
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"the database needs the package {error.name}: pip install 'locard[postgres]' for "
            "postgresql+psycopg://"
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    config = Config()
    config.set_main_option("script_location", str(files("locard.serve").joinpath("migrations")))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except SQLAlchemyError as error:
        engine.dispose()
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise DatabaseError(f"the database {shown} cannot be used ({reason})") from None
    return engine


def _prepare_sqlite(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    # Readers beside one writer; what is deleted is overwritten, not only unlinked.
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON",
        "secure_delete=ON",
    ):  # fmt: skip
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def sole_service(folder: Path) -> Iterator[None]:
    """Hold a data folder for one service: two would take each other's examinations for lost.

    Raises: DatabaseError when another service holds it. Where files cannot be locked (Windows),
        nothing happens.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DatabaseError(
                f"another service uses {folder}; stop it, or name another folder with --data"
            ) from None
        yield

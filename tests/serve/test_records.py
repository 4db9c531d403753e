from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the service needs the extra serve")

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from locard.serve import wire
from locard.serve.database import Base, DatabaseError, open_database
from locard.serve.records import Missing, QueueFull, Records, Upload
from locard.serve.store import Store
from locard.serve.wire import State


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'x.db'}"
    else:
        url = request.getfixturevalue("postgres")
    engine = open_database(url)
    yield engine
    if request.param == "postgres":
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE files, examinations, tags, cases, store"))
    engine.dispose()


@pytest.fixture
def records(engine: Engine, tmp_path: Path) -> Records:
    return Records(engine, Store(str(tmp_path / "store")))


def add(
    records: Records, *contents: bytes, owner: str = "a", case: str | None = None, most: int = 9
) -> list[wire.Examination]:
    uploads = [Upload(f"{c.decode()}.jpg", io.BytesIO(c), len(c)) for c in contents]
    return records.add(
        owner, uploads, profile="quick", language="en", stability=True, case=case, most=most
    )


def test_tables_are_those_of_the_migrations(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_first_come_first_served_and_nothing_is_lost_by_a_restart(
    records: Records, engine: Engine
) -> None:
    ids = [e.id for e in add(records, b"1", b"2")] + [add(records, b"3")[0].id]
    first = records.claim()
    assert first is not None
    assert records.examination("a", first.id).state is State.RUNNING
    assert records.waiting() == 2
    again = Records(engine, records.store)
    assert again.resume() == 3
    found = [job.id for job in iter(again.claim, None)]
    assert sorted(found) == sorted(ids)
    assert found[2] == ids[2]


def test_all_or_none_is_accepted(records: Records) -> None:
    add(records, b"1", b"2", most=3)
    with pytest.raises(QueueFull):
        add(records, b"3", b"4", most=3)
    assert records.waiting() == 2
    with pytest.raises(Missing, match="case"):
        add(records, b"3", case="0" * 32)


def test_a_picture_that_kills_workers_is_given_up(records: Records) -> None:
    add(records, b"1")
    tries = 0
    while (job := records.claim()) is not None:
        tries += 1
        if not records.put_back(job, counted=True):
            records.finish(job, Path(), "it ended unexpectedly")
    assert tries == 3
    assert records.page("a").examinations[0].error == "it ended unexpectedly"
    add(records, b"2")
    for _ in range(5):  # a stop of the service is not the picture's fault
        job = records.claim()
        assert job is not None
        assert records.put_back(job, counted=False)


def test_a_picture_that_kills_the_service_is_given_up(records: Records, engine: Engine) -> None:
    add(records, b"1", b"2")
    for tries in range(3):
        assert records.waiting() == 2, tries
        assert records.claim() is not None
        records = Records(engine, records.store)
        records.resume()
    waits, failed = sorted(records.page("a").examinations, key=lambda one: one.state, reverse=True)
    assert (waits.state, failed.state) == (State.QUEUED, State.FAILED)
    assert failed.error is not None
    assert failed.error.startswith("the examination was begun 3 times")
    assert failed.ended is not None, "and is deleted in its time"
    assert records.claim() is not None, "the next one has its turn"


def test_deletion_removes_what_no_other_record_names(records: Records, tmp_path: Path) -> None:
    one, other = add(records, b"same"), add(records, b"same", owner="b")
    (tmp_path / "own").write_bytes(b"drawn")
    drawn = records.keep(one[0].id, "tiles/x", tmp_path / "own")
    with pytest.raises(Missing):
        records.delete("b", one[0].id)
    assert records.delete("a", one[0].id) == [drawn]
    assert records.store.list() == {other[0].sha256}
    assert records.delete("b", other[0].id) == [other[0].sha256]
    assert records.store.list() == set()
    with pytest.raises(Missing):
        records.keep(one[0].id, "tiles/x", tmp_path / "own")
    job = records.claim()
    assert job is None


def test_nothing_of_a_deleted_name_is_left_on_the_disk(tmp_path: Path) -> None:
    records = Records(open_database(f"sqlite:///{tmp_path / 'x.db'}"), Store(str(tmp_path / "s")))

    def traces() -> int:
        files = [p for p in tmp_path.rglob("*") if p.is_file()]
        return sum(b"secret-name" in p.read_bytes() for p in files)

    found = add(records, b"secret-name")
    assert traces() > 0
    records.delete("a", found[0].id)
    assert traces() == 0


@pytest.mark.parametrize("pictures", [0, 1])
def test_nothing_of_a_deleted_case_is_left_on_the_disk(pictures: int, tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    records = Records(engine, Store(str(tmp_path / "s")))
    words = ("secret-title", "secret-notes", "secret-tag")

    def traces() -> list[str]:
        found = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
        return [word for word in words if word.encode() in found]

    title, notes, tag = words
    case = records.open_case("a", wire.NewCase(title=title, notes=notes, tags=[tag]))
    for number in range(pictures):
        add(records, b"%d" % number, case=case.id)
    assert traces() == list(words)
    records.delete_case("a", case.id)
    assert traces() == []
    engine.dispose()


def test_old_examinations_are_deleted(records: Records) -> None:
    add(records, b"old", b"waits")
    job = records.claim()
    assert job is not None
    records.finish(job, Path(), "no picture")
    assert records.delete_old(1.0) == []
    assert records.delete_old(0.0) == [job.sha256]
    assert records.waiting() == 1


def test_many_examinations_are_deleted_in_parts(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locard.serve.records._BATCH", 2)
    case = records.open_case("a", wire.NewCase(title="five"))
    found = add(records, b"1", b"2", b"3", b"4", b"same", case=case.id)
    kept = add(records, b"same")
    assert sorted(records.delete_case("a", case.id)) == sorted(one.id for one in found)
    assert [one.id for one in records.page("a").examinations] == [kept[0].id]
    assert records.store.list() == {kept[0].sha256}


def test_files_that_no_record_names_are_removed_at_the_start(records: Records) -> None:
    kept = add(records, b"kept")[0].sha256
    records.store.put(io.BytesIO(b"left by a crash"))
    records.resume()
    assert records.store.list() == {kept}


def test_the_store_of_another_database_is_refused_and_kept(
    records: Records, tmp_path: Path
) -> None:
    kept = add(records, b"kept")[0].sha256
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(DatabaseError, match="do not belong together") as caught:
        Records(other, records.store)
    assert "\n" not in str(caught.value)
    Records(other, Store(str(tmp_path / "own"))).resume()
    with pytest.raises(DatabaseError):
        Records(other, records.store)
    other.dispose()
    assert records.store.list() == {kept}


def test_a_store_that_is_not_there_is_no_new_one(
    records: Records, engine: Engine, tmp_path: Path
) -> None:
    add(records, b"waits")
    with pytest.raises(DatabaseError):
        Records(engine, Store(str(tmp_path / "not-mounted")))
    assert records.waiting() == 1


def _without_ids(engine: Engine, records: Records, folder: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM store"))
    (folder / "id").unlink()
    assert records.store.read_id() is None


def test_a_store_from_before_there_were_ids_is_known_by_its_files(
    records: Records, engine: Engine, tmp_path: Path
) -> None:
    kept = add(records, b"kept")[0].sha256
    records.store.put(io.BytesIO(b"left by a crash"))
    _without_ids(engine, records, tmp_path / "store")
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(DatabaseError):
        Records(other, records.store)
    other.dispose()
    assert len(records.store.list()) == 2
    Records(engine, records.store).resume()
    assert records.store.list() == {kept}
    assert records.store.read_id() is not None
    records.delete("a", records.page("a").examinations[0].id)
    Records(engine, records.store)  # by its id, now that they share no file


def test_a_crash_between_database_and_store_is_made_good(
    records: Records, engine: Engine, tmp_path: Path
) -> None:
    before = records.store.read_id()
    (tmp_path / "store" / "id").unlink()
    assert Records(engine, records.store).store.read_id() == before


def test_errors_are_told_without_what_was_written(records: Records, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE cases RENAME TO away"))
    try:
        with pytest.raises(SQLAlchemyError) as caught:
            records.open_case("a", wire.NewCase(title="secret-title"))
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO cases"))
    assert "secret-title" not in str(caught.value)


def test_pages_are_complete_and_searched(records: Records) -> None:
    names = [f"{n}" for n in range(7)]
    for name in names:
        add(records, name.encode())
    seen: list[str] = []
    after: str | None = None
    while True:
        page = records.page("a", after=after, limit=3)
        seen += [e.name for e in page.examinations]
        after = page.next
        if after is None:
            break
    assert seen == [f"{name}.jpg" for name in reversed(names)]
    assert [e.name for e in records.page("a", search="3.J").examinations] == ["3.jpg"]
    digest = records.page("a", search="3.jpg").examinations[0].sha256
    assert len(records.page("a", search=digest[:12]).examinations) == 1
    assert records.page("a", search="%").examinations == []
    assert records.page("b").examinations == []


def test_cases_have_notes_and_tags(records: Records) -> None:
    case = records.open_case("a", wire.NewCase(title="Harbour", tags=["press", "press", " sea "]))
    assert case.tags == ["press", "sea"]
    add(records, b"1", b"2", case=case.id)
    changed = records.change_case("a", case.id, wire.NewCase(notes="two boats", tags=["sea", "x"]))
    assert (changed.title, changed.notes, changed.tags) == ("Harbour", "two boats", ["sea", "x"])
    assert changed.examinations == 2
    assert [c.id for c in records.cases("a", "BOATS").cases] == [case.id]
    assert [c.id for c in records.cases("a", tag="x").cases] == [case.id]
    assert records.cases("a", tag="press").cases == []
    with pytest.raises(Missing):
        records.case("b", case.id)
    assert len(records.delete_case("a", case.id)) == 2
    assert records.page("a").examinations == []
    assert records.store.list() == set()


def test_cases_are_paged(records: Records) -> None:
    for number in range(5):
        records.open_case("a", wire.NewCase(title=f"case {number}"))
    found, after = [], None
    while True:
        page = records.cases("a", after=after, limit=2)
        found += [case.title for case in page.cases]
        after = page.next
        if after is None:
            break
    assert found == [f"case {number}" for number in reversed(range(5))]
    with pytest.raises(Missing):
        records.cases("b", after=records.cases("a").cases[0].id)


@pytest.mark.parametrize("url", ["nonsense", "nosuch://x/y", "sqlite:////no/such/folder/x.db"])
def test_a_bad_database_is_one_sentence(url: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        open_database(url)
    assert "\n" not in str(caught.value)

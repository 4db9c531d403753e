from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the service needs the extra serve")

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

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
            connection.execute(text("TRUNCATE files, examinations, tags, cases"))
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

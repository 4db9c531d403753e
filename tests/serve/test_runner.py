"""Threads that examine what waits, when the database is not there."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError

from locard.serve import runner as module
from locard.serve.records import Job
from locard.serve.runner import Hub, Runner


class Away:
    """Records whose database is away for the first tries of every call but `claim`."""

    def __init__(self, tries: int, attempts_left: bool) -> None:
        self.tries, self.attempts_left = tries, attempts_left
        self.calls: list[str] = []

    def _fail(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) <= self.tries:
            raise OperationalError("UPDATE", {}, Exception("server closed the connection"))

    def put_back(self, job: Job, counted: bool) -> bool:
        self._fail("put back")
        return self.attempts_left

    def finish(self, job: Job, folder: Path, error: str | None) -> None:
        self._fail("finish")


@pytest.mark.parametrize(
    ("attempts_left", "last"), [(True, "put back"), (False, "finish")], ids=["again", "given up"]
)
def test_a_job_outlasts_a_database_that_is_away(
    attempts_left: bool, last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = Away(3, attempts_left)
    telemetry = SimpleNamespace(examined=lambda *_: None)
    runner = Runner(records, SimpleNamespace(time_limit=9.0), Hub(), telemetry)  # type: ignore[arg-type]
    monkeypatch.setattr(runner, "_run", lambda *_: None)
    monkeypatch.setattr(module.threading.Event, "wait", lambda self, seconds=None: self.is_set())
    job = SimpleNamespace(id="x", attempts=1, sha256="0")
    runner._examine(SimpleNamespace(), job)  # type: ignore[arg-type]
    assert records.calls[0] == "finish"
    assert records.calls[-1] == last
    assert len(records.calls) >= 4
    assert not runner._running


def test_a_stop_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    records = Away(10**9, attempts_left=True)
    telemetry = SimpleNamespace(examined=lambda *_: None)
    runner = Runner(records, SimpleNamespace(time_limit=9.0), Hub(), telemetry)  # type: ignore[arg-type]
    monkeypatch.setattr(runner, "_run", lambda *_: None)
    runner._stopping.set()
    job = SimpleNamespace(id="x", attempts=1, sha256="0")
    thread = threading.Thread(target=runner._examine, args=(SimpleNamespace(), job))
    thread.start()
    thread.join(5)
    assert not thread.is_alive()

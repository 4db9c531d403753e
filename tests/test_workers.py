"""Work over processes: in order, few tasks ahead, and a worker that dies costs one task."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import SpawnProcess

import pytest

from locard.workers import Worker, WorkerLost, in_order


def double(number: int) -> int:
    if number == 3:
        os._exit(1)
    return 2 * number


def test_order_is_kept_and_tasks_are_taken_late() -> None:
    taken = []

    def tasks() -> Iterator[int]:
        for number in range(12):
            taken.append(number)
            yield number

    found = []
    for task, result in in_order(double, tasks(), 2):
        found.append((task, result))
        assert len(taken) <= len(found) + 4
    assert found == [(n, None if n == 3 else 2 * n) for n in range(12)]


def blas_threads(_: int) -> list[int]:
    from threadpoolctl import threadpool_info

    return [found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"]


def test_workers_take_one_thread_each() -> None:
    for _, threads in in_order(blas_threads, [1, 2, 3], 2):
        assert threads is not None
        assert set(threads) == {1}


def test_one_worker_is_this_process() -> None:
    assert list(in_order(lambda n: (n, os.getpid()), [1, 2], 1)) == [
        (1, (1, os.getpid())),
        (2, (2, os.getpid())),
    ]


def obey(task: str, tell: Callable[[str], None]) -> str:
    match task:
        case "die":
            os._exit(1)
        case "hang":
            time.sleep(600)
        case "tell":
            tell("half")
    return f"{task} {os.getpid()}"


def test_a_process_that_does_not_start_costs_one_task(monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = SpawnProcess.start, [BlockingIOError(11, "Resource temporarily unavailable")]

    def start(process: SpawnProcess) -> None:
        if failures:
            raise failures.pop()
        real(process)

    monkeypatch.setattr(SpawnProcess, "start", start)
    worker = Worker(obey)
    try:
        with pytest.raises(WorkerLost, match="no process could be started"):
            worker.run("go", 60)
        worker.kill()
        assert worker.run("go", 60).startswith("go ")
    finally:
        worker.kill()


def test_worker_reports_and_survives_what_kills_it() -> None:
    worker = Worker(obey, tasks=2)
    try:
        said: list[str] = []
        first = worker.run("tell", 60, said.append)
        assert said == ["half"]
        assert first.startswith("tell ")
        same = worker.run("go", 60)
        assert same.split()[1] == first.split()[1]
        assert worker.run("go", 60) != same, "replaced after two tasks"
        with pytest.raises(WorkerLost, match="unexpectedly"):
            worker.run("die", 60)
        with pytest.raises(WorkerLost, match="longer than"):
            worker.run("hang", 0.5)
        assert worker.run("go", 60)
    finally:
        worker.kill()

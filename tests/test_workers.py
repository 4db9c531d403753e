"""Work over processes: in order, few tasks ahead, and a worker that dies costs one task."""

from __future__ import annotations

import os
from collections.abc import Iterator

from locard.workers import in_order


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


def test_one_worker_is_this_process() -> None:
    assert list(in_order(lambda n: (n, os.getpid()), [1, 2], 1)) == [
        (1, (1, os.getpid())),
        (2, (2, os.getpid())),
    ]

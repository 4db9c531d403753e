"""Work spread over processes: in order, with a bounded number in flight, whatever dies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Task = TypeVar("Task")
Result = TypeVar("Result")


def _start_worker() -> None:
    import signal

    import cv2

    # The parent handles Ctrl-C; and one thread a worker, since files run side by side.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def in_order(
    work: Callable[[Task], Result], tasks: Iterable[Task], workers: int
) -> Iterator[tuple[Task, Result | None]]:
    """Yield each task with its result, in the order given; None when its process died.

    Tasks are taken as they are needed, at most two per worker ahead. One worker works in this
    process; several need a function and tasks that can be pickled.
    """
    if workers == 1:
        for task in tasks:
            yield task, work(task)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    def new_pool(size: int) -> ProcessPoolExecutor:
        # Not forked: OpenCV's and BLAS's threads do not survive a fork.
        return ProcessPoolExecutor(size, get_context("spawn"), _start_worker)

    pool = new_pool(workers)
    waiting: list[tuple[Task, Future[Result]]] = []
    rest = iter(tasks)
    try:
        while True:
            free = max(0, 2 * workers - len(waiting))
            waiting += [(task, pool.submit(work, task)) for task in islice(rest, free)]
            if not waiting:
                # All is done; an interpreter that exits while the pool closes prints a traceback.
                pool.shutdown(wait=True)
                return
            task, future = waiting.pop(0)
            try:
                yield task, future.result()
            except BrokenProcessPool:
                # The pool does not say which task killed it: those in flight run alone.
                pool.shutdown(wait=False, cancel_futures=True)
                for suspect in (task, *(other for other, _ in waiting)):
                    with new_pool(1) as alone:
                        try:
                            yield suspect, alone.submit(work, suspect).result()
                        except BrokenProcessPool:
                            yield suspect, None
                waiting.clear()
                pool = new_pool(workers)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)

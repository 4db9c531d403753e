"""Work spread over processes: with a bounded number in flight, whatever dies."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from multiprocessing.process import BaseProcess

Task = TypeVar("Task")
Result = TypeVar("Result")


def start_worker() -> None:
    """Prepare a process that examines files side by side with others."""
    import signal
    from multiprocessing import parent_process

    import cv2
    from threadpoolctl import threadpool_limits

    parent = parent_process()
    if parent is not None:

        def end_with(parent: BaseProcess) -> None:
            parent.join()
            os._exit(1)

        # A worker whose parent was killed would wait for work for ever.
        threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    # The parent handles Ctrl-C; and one thread a worker, since files run side by side.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    threadpool_limits(1, user_api="blas")


def in_order(
    work: Callable[[Task], Result], tasks: Iterable[Task], workers: int
) -> Iterator[tuple[Task, Result | None]]:
    """Yield each task with its result, in the order given; None when its process died.

    Tasks are taken as they are needed, at most two per worker ahead. One worker works in this
    process; several need a function and tasks that can be pickled.
    """
    return _spread(work, tasks, workers, ordered=True)


def as_done(
    work: Callable[[Task], Result], tasks: Iterable[Task], workers: int
) -> Iterator[tuple[Task, Result | None]]:
    """Yield each task with its result as it is done, so that a slow one keeps no worker waiting.

    Otherwise like `in_order`.
    """
    return _spread(work, tasks, workers, ordered=False)


def _spread(
    work: Callable[[Task], Result], tasks: Iterable[Task], workers: int, ordered: bool
) -> Iterator[tuple[Task, Result | None]]:
    if workers == 1:
        for task in tasks:
            yield task, work(task)
        return
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    def new_pool(size: int) -> ProcessPoolExecutor:
        # Not forked: OpenCV's and BLAS's threads do not survive a fork.
        return ProcessPoolExecutor(size, get_context("spawn"), start_worker)

    pool = new_pool(workers)
    waiting: list[tuple[Task, Future[Result]]] = []
    rest = iter(tasks)
    try:
        while True:
            free = max(0, 2 * workers - len(waiting))
            for task in islice(rest, free):
                try:
                    future = pool.submit(work, task)
                except BrokenProcessPool as error:
                    future = Future()
                    future.set_exception(error)
                waiting.append((task, future))
            if not waiting:
                # All is done; an interpreter that exits while the pool closes prints a traceback.
                pool.shutdown(wait=True)
                return
            if not ordered:
                wait([future for _, future in waiting], return_when=FIRST_COMPLETED)
                waiting.sort(key=lambda pair: not pair[1].done())
            task, future = waiting.pop(0)
            try:
                yield task, future.result()
            except BrokenProcessPool:
                # The pool does not say which task killed it: those in flight run alone.
                pool.shutdown(wait=False, cancel_futures=True)
                for suspect, ran in ((task, future), *waiting):
                    if ran.done() and not ran.cancelled() and not ran.exception():
                        yield suspect, ran.result()
                        continue
                    with new_pool(1) as alone:
                        try:
                            yield suspect, alone.submit(work, suspect).result()
                        except BrokenProcessPool:
                            yield suspect, None
                waiting.clear()
                pool = new_pool(workers)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class WorkerLost(RuntimeError):
    """The process ended, or was ended, before the task was done; the message is one sentence."""


class Worker(Generic[Task, Result]):
    """One process for one task after the other, which reports while it works and can be stopped.

    `in_order` is for many short tasks; this is for a task whose progress is shown, that may hang,
    and whose process may die without harm to the caller. The process is started by the first task,
    runs at a low priority, and is replaced after ``tasks`` tasks.
    """

    def __init__(
        self, work: Callable[[Task, Callable[[str], None]], Result], *, tasks: int = 200
    ) -> None:
        self._work, self._tasks = work, tasks
        self._done = 0
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    def run(
        self, task: Task, timeout_s: float, tell: Callable[[str], None] = lambda _: None
    ) -> Result:
        """Do a task; ``tell`` is called in this thread with what the work reports.

        Raises: WorkerLost when the process dies or has not ended after ``timeout_s`` seconds.
        """
        if self._process is None or not self._process.is_alive() or self._done >= self._tasks:
            try:
                self._start()
            except OSError as error:
                raise WorkerLost(f"no process could be started ({error.strerror})") from None
        pipe = self._pipe
        assert pipe is not None
        self._done += 1
        number, end = self._done, time.monotonic() + timeout_s
        try:
            pipe.send((number, task))
            while pipe.poll(max(0.0, end - time.monotonic())):
                of, final, value = pipe.recv()
                if of != number:
                    continue  # from a thread of an earlier task that outlived it
                if final:
                    return cast(Result, value)
                tell(value)
        except (EOFError, OSError):
            self.kill()
            raise WorkerLost("the examination ended unexpectedly") from None
        self.kill()
        raise WorkerLost(f"the examination took longer than {timeout_s:.0f} seconds")

    def _start(self) -> None:
        from multiprocessing import get_context

        self.kill()
        context = get_context("spawn")
        pipe, other = context.Pipe()
        process = context.Process(target=_work_on, args=(self._work, other), daemon=True)
        try:
            process.start()
        except OSError:
            pipe.close()
            raise
        finally:
            other.close()
        self._process, self._pipe, self._done = process, pipe, 0

    def kill(self) -> None:
        """End the process; a task that runs raises WorkerLost."""
        process = self._process
        if process is not None:
            process.kill()
            process.join()


def _work_on(work: Callable[[Task, Callable[[str], None]], Result], pipe: Connection) -> None:
    start_worker()
    os.nice(5)  # whoever started it answers requests meanwhile
    lock = threading.Lock()

    def send(number: int, final: bool, value: object) -> None:
        with lock:
            pipe.send((number, final, value))

    # The end of the pipe is the end of the parent.
    with suppress(EOFError, OSError):
        while True:
            number, task = pipe.recv()
            send(number, True, work(task, partial(send, number, False)))

"""The queue at work: worker processes, progress, and what happens when one dies."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from locard.serve.records import Job, Missing, Records
from locard.serve.settings import Settings
from locard.serve.tasks import Examine, View, examine_upload, view
from locard.serve.telemetry import Telemetry, log
from locard.serve.wire import Progress, State
from locard.workers import Worker, WorkerLost

# A worker stops by itself at the time limit; it is ended this many seconds later.
_LATE_S = 30.0
_VIEW_S = 300.0


class Hub:
    """Progress of what runs, for everyone who listens."""

    def __init__(self) -> None:
        self._last: dict[str, Progress] = {}
        self._listening: dict[str, set[asyncio.Queue[Progress | None]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say in which event loop the listeners are."""
        self._loop = loop

    def publish(self, identifier: str, progress: Progress) -> None:
        """Tell all listeners of an examination; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._publish, identifier, progress)

    def _publish(self, identifier: str, progress: Progress) -> None:
        if progress.state.ended:
            self._last.pop(identifier, None)
        else:
            self._last[identifier] = progress
        for queue in self._listening.get(identifier, ()):
            queue.put_nowait(progress)

    def close(self) -> None:
        """End all listening; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._close)

    def _close(self) -> None:
        self._closed = True
        for queues in self._listening.values():
            for queue in queues:
                queue.put_nowait(None)

    async def listen(
        self, identifier: str, state: Callable[[], Progress]
    ) -> AsyncIterator[Progress]:
        """Yield where an examination is, and then every step, until it has ended.

        Args: state: reads it from the database, in a thread.
        """
        queue: asyncio.Queue[Progress | None] = asyncio.Queue()
        self._listening.setdefault(identifier, set()).add(queue)
        try:
            # Read after listening: a step between the two comes twice rather than never.
            found = await asyncio.to_thread(state)
            yield found if found.state.ended else self._last.get(identifier, found)
            while not found.state.ended and not self._closed:
                step = await queue.get()
                if step is None:
                    return
                found = step
                yield step
        finally:
            listening = self._listening.get(identifier, set())
            listening.discard(queue)
            if not listening:
                self._listening.pop(identifier, None)


class Runner:
    """Threads that give what waits to worker processes, one each."""

    def __init__(
        self, records: Records, settings: Settings, hub: Hub, telemetry: Telemetry
    ) -> None:
        self._records, self._settings = records, settings
        self._hub, self._telemetry = hub, telemetry
        self._work = threading.Condition()
        self._stopping = threading.Event()
        self._running: dict[str, Worker[Examine, str | None]] = {}
        self._threads: list[threading.Thread] = []
        self._viewer: Worker[View, str | None] = Worker(view)
        self._viewing = threading.Lock()
        self._seconds = 5.0  # of an examination, a running mean

    def start(self) -> None:
        """Resume what waits."""
        waiting = self._records.resume()
        log.info("started", waiting=waiting, workers=self._settings.workers)
        for number in range(self._settings.workers):
            thread = threading.Thread(target=self._loop, name=f"examine-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)
        if self._settings.keep_days is not None:
            threading.Thread(target=self._retain, name="retention", daemon=True).start()

    def wake(self) -> None:
        """Say that something waits."""
        with self._work:
            self._work.notify_all()

    @property
    def alive(self) -> bool:
        """Whether work is taken."""
        return not self._stopping.is_set() and all(thread.is_alive() for thread in self._threads)

    @property
    def running(self) -> int:
        """How many examinations run."""
        return len(self._running)

    def patience(self, waiting: int) -> int:
        """Return the seconds after which a place in the queue should be free."""
        return max(1, min(600, round(self._seconds * waiting / max(1, self._settings.workers) / 4)))

    def stop(self) -> None:
        """Let what runs end within the grace; what does not is taken up by the next start."""
        self._stopping.set()
        self.wake()
        end = time.monotonic() + self._settings.grace_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        for worker in list(self._running.values()):
            worker.kill()
        for thread in self._threads:
            thread.join(5.0)
        self._viewer.kill()
        log.info("stopped", waiting=self._records.waiting())

    def cancel(self, identifier: str) -> None:
        """End the examination if it runs; its record is deleted already."""
        worker = self._running.get(identifier)
        if worker is not None:
            worker.kill()
        self._hub.publish(identifier, Progress(state=State.FAILED, error="it was deleted"))

    def _loop(self) -> None:
        worker: Worker[Examine, str | None] = Worker(examine_upload)
        try:
            while not self._stopping.is_set():
                job = self._next()
                if job is not None:
                    self._examine(worker, job)
        finally:
            worker.kill()

    def _next(self) -> Job | None:
        try:
            job = self._records.claim()
        except SQLAlchemyError:  # The database may come back; a thread that ended would not.
            log.exception("the queue cannot be read")
            time.sleep(1.0)
            return None
        if job is None:
            with self._work:
                # Woken for what this process accepts; the time-out is for a race with `claim`.
                self._work.wait(0.5)
        return job

    def _examine(self, worker: Worker[Examine, str | None], job: Job) -> None:
        self._running[job.id] = worker
        start = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="locard-") as temporary:
                folder = Path(temporary) / "report"
                folder.mkdir()
                try:
                    error = self._run(worker, job, Path(temporary), folder)
                except WorkerLost as lost:
                    if self._stopping.is_set():
                        self._records.put_back(job, counted=False)
                        return
                    late = time.monotonic() - start >= self._settings.time_limit
                    if not late and self._records.put_back(job, counted=True):
                        log.warning("worker lost, tried again", id=job.id, attempt=job.attempts)
                        return
                    error = str(lost)
                self._records.finish(job, folder, error)
        except Exception:
            # Disk full, database away, or whatever a store raises: the job stays accepted, and is
            # tried again later.
            log.exception("the examination could not be kept", id=job.id)
            error = self._give_back(job)
            if error is None:
                return
        finally:
            self._running.pop(job.id, None)
        seconds = time.monotonic() - start
        self._seconds += 0.1 * (seconds - self._seconds)
        state = State.FAILED if error else State.DONE
        self._telemetry.examined(state, seconds)
        log.info("examined", id=job.id, state=state, seconds=round(seconds, 3))
        self._hub.publish(job.id, Progress(state=state, error=error))

    def _give_back(self, job: Job) -> str | None:
        """Put a job back, or end it after its last attempt, however long the database is away.

        Returns: None when it is tried again or the service stops, or why it failed.
        """
        error = "the report could not be kept"
        while not self._stopping.wait(1.0):
            try:
                if self._records.put_back(job, counted=True):
                    return None
                self._records.finish(job, Path(), error)
            except Exception:  # A thread that ended would take its worker's place with it.
                log.exception("the queue cannot be written", id=job.id)
            else:
                return error
        return None

    def _run(
        self, worker: Worker[Examine, str | None], job: Job, temporary: Path, folder: Path
    ) -> str | None:
        try:
            path = self._records.store.fetch(job.sha256, temporary)
        except FileNotFoundError:
            return "the picture is not in the store any more"
        limits = self._settings
        done = total = 0

        def tell(said: str) -> None:
            nonlocal done, total
            name, _, number = said.partition(" ")
            if number:
                total, method = int(number), None
            else:
                done, method = done + 1, name
            step = Progress(state=State.RUNNING, method=method, done=done, total=total)
            self._hub.publish(job.id, step)

        return worker.run(
            Examine(
                str(path), str(folder), job.name, job.profile, job.language, job.stability,
                limits.max_bytes, limits.max_pixels, limits.time_limit,
            ),
            limits.time_limit + _LATE_S,
            tell,
        )  # fmt: skip

    def view(
        self, identifier: str, source: str, target: str, task: Callable[[str, str], View]
    ) -> str:
        """Return the SHA-256 of what is drawn from a file of an examination, made on first use.

        Args:
            source, target: names of files of the examination.
            task: makes the task from the paths of both.

        Raises: Missing when the source is not there; ValueError, one sentence, when it cannot be
            made; WorkerLost when it took too long.
        """
        with self._viewing:
            found = self._records.file(identifier, target)
            if found is not None:
                return found
            with self._made(identifier, source, task) as made:
                return self._records.keep(identifier, target, made)

    def look(self, identifier: str, source: str, task: Callable[[str, str], View]) -> bytes:
        """Return what is drawn from a file and not kept; otherwise like `view`."""
        with self._viewing, self._made(identifier, source, task) as made:
            return made.read_bytes()

    @contextmanager
    def _made(
        self, identifier: str, source: str, task: Callable[[str, str], View]
    ) -> Iterator[Path]:
        sha256 = self._records.file(identifier, source)
        if sha256 is None:
            raise Missing(f"the report has no {source}")
        with tempfile.TemporaryDirectory(prefix="locard-") as temporary:
            path = self._records.store.fetch(sha256, Path(temporary))
            made = Path(temporary) / "made"
            error = self._viewer.run(task(str(path), str(made)), _VIEW_S)
            if error is not None:
                raise ValueError(error)
            yield made

    def _retain(self) -> None:
        days = self._settings.keep_days
        while days is not None and not self._stopping.is_set():
            try:
                gone = self._records.delete_old(days)
                if gone:
                    log.info("retention", files=len(gone))
            except Exception:
                log.exception("retention failed")
            self._stopping.wait(600.0)

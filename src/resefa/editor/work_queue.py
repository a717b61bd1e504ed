"""All computation of an editor on one thread: long jobs one after another, and short work between their chunks.

One thread, because two computations at once on the same cores are slower than one after the other (OpenMP's threads wait for each
other), and because memory is then needed for one job only. A long job reports its progress between chunks of products; the thread then
does the short work that waits, for example the image of a slider of another person, and continues the job.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, Generic, TypeVar

from resefa.errors import ResefaError
from resefa.runtime.cancellation import Cancellation
from resefa.runtime.session import Session

T = TypeVar("T")
MOST_SHORT, MOST_JOBS = 256, 64
"""Most pieces of short work and most jobs that wait; more are refused, so that a busy editor stays bounded."""


class BusyError(ResefaError):
    """More work waits than the editor accepts."""

    exit_code = 75


class JobCancellation(Cancellation):
    """The token of a job. Computations check it between chunks of products: a good moment for the short work of others, too."""

    def __init__(self, between_chunks: Callable[[], None]) -> None:
        super().__init__()
        self._between_chunks = between_chunks

    def check(self) -> None:
        """Let short work of others go first; raise CancelledError if the job was cancelled."""
        self._between_chunks()
        super().check()


class Job(Generic[T]):
    """A long computation with progress, which can be cancelled at any time.

    Attributes:
        cancellation: the token that the computation checks between its chunks.
        background: whether it gives way to every other job: it is then cancelled.
    """

    def __init__(self, queue: WorkQueue, work: Callable[[Job[T]], T], background: bool) -> None:
        self.cancellation: Cancellation = JobCancellation(lambda: queue.between_chunks(self))
        self.background = background
        self.future: Future[T] = Future()
        self._queue, self._work = queue, work
        self._lock = threading.Lock()
        self._fraction: float | None = None
        self._part = (0.0, 1.0)
        self._started: float | None = None

    def cancel(self) -> None:
        """Ask the job to stop; a job that waits never starts."""
        self.cancellation.cancel()

    @property
    def done(self) -> bool:
        """Whether the job has ended, for whatever reason."""
        return self.future.done()

    def wait(self, seconds: float) -> bool:
        """Wait until the job ends, at most so long; whether it has ended."""
        return bool(wait([self.future], seconds).done)

    @property
    def before(self) -> int:
        """The number of jobs that must end before this job starts; 0 if it runs."""
        return self._queue.before(self)

    @property
    def fraction(self) -> float | None:
        """The part of the work that is done, from 0 to 1; None before the job starts."""
        return self._fraction

    @property
    def seconds_left(self) -> float | None:
        """The time left if the work continues at the same pace; None while little is done."""
        with self._lock:
            fraction, started = self._fraction, self._started
        if started is None or fraction is None or fraction < 0.02:
            return None
        return (time.monotonic() - started) * (1 - fraction) / fraction

    def part(self, start: float, end: float) -> None:
        """The following work is this part of the job: reports from 0 to 1 are shown between ``start`` and ``end``."""
        self._part = (start, end)
        self.report(0, 1)

    def report(self, done: int, total: int) -> None:
        """Report progress of the present part, and let short work of others go first; the computation calls this between chunks.

        Raises:
            CancelledError: the job was cancelled, or is in the background while another job waits.
        """
        low, high = self._part
        found = low + (high - low) * (done / total if total else 0)
        with self._lock:
            # A later estimate of the work may be larger; a bar that runs backwards would confuse.
            self._fraction = max(self._fraction or 0.0, min(found, high))
        self.breathe()

    def breathe(self) -> None:
        """Let short work of others go first, without news of the progress.

        Raises:
            CancelledError: as ``report``.
        """
        self.cancellation.check()

    def session(self, session: Session) -> Session:
        """The session of a computation with the progress and the cancellation of this job."""
        session = session.with_progress(self.report)
        session.cancellation = self.cancellation
        return session

    def run(self) -> None:
        """Run the computation on the present thread; called by the queue."""
        with self._lock:
            self._started = time.monotonic()
            self._fraction = 0.0
        try:
            self.cancellation.check()
            result = self._work(self)
        except BaseException as error:  # whoever waits for the job gets the error
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class WorkQueue:
    """The thread that computes, and what waits for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._short: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._jobs: deque[Job[Any]] = deque()
        self._running: Job[Any] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name="resefa-editor", daemon=True)
        self._thread.start()

    def quick(self, work: Callable[[], T]) -> T:
        """Do short work before all jobs that wait, and return its result; raises what the work raises.

        Raises:
            BusyError: too much work waits, or the queue is closed.
        """
        if threading.current_thread() is self._thread:
            return work()
        future: Future[T] = Future()
        with self._changed:
            if self._closed or len(self._short) >= MOST_SHORT:
                raise BusyError("The editor is busy; try again in a few seconds.")
            self._short.append((work, future))
            self._changed.notify()
        return future.result()

    def start(self, work: Callable[[Job[T]], T], *, background: bool = False) -> Job[T]:
        """Put a job at the end of the queue; jobs in the background come after all others.

        Raises:
            BusyError: too many jobs wait, or the queue is closed.
        """
        job = Job(self, work, background)
        with self._changed:
            if self._closed or len(self._waiting()) >= MOST_JOBS:
                raise BusyError("Too many people are searching for edits at the moment; try again in a minute.")
            self._jobs.append(job)
            self._changed.notify()
        return job

    def before(self, job: Job[Any]) -> int:
        """The number of jobs that must end before this job starts."""
        with self._changed:
            waiting = self._waiting()
            if job not in waiting:
                return 0
            running = self._running is not None and not self._running.background
            return waiting.index(job) + int(running)

    def close(self) -> None:
        """Cancel all jobs and end the thread; work that waits fails with BusyError."""
        with self._changed:
            self._closed = True
            for job in (*self._jobs, *([] if self._running is None else [self._running])):
                job.cancel()
            self._changed.notify_all()
        self._thread.join(timeout=30)

    def between_chunks(self, job: Job[Any]) -> None:
        """Do all short work that waits, end waiting jobs that were cancelled; cancel a job in the background for which another job waits."""
        while (short := self._next_short()) is not None:
            _answer(*short)
        for cancelled in self._take_cancelled():
            cancelled.run()  # raises at once, so that whoever waits need not wait for the present job
        if job.background:
            with self._changed:
                others = any(not other.background for other in self._jobs)
            if others:
                job.cancel()

    def _next_short(self) -> tuple[Callable[[], Any], Future[Any]] | None:
        with self._changed:
            return self._short.popleft() if self._short else None

    def _take_cancelled(self) -> list[Job[Any]]:
        with self._changed:
            cancelled = [job for job in self._jobs if job.cancellation.cancelled]
            for job in cancelled:
                self._jobs.remove(job)
        return cancelled

    def _waiting(self) -> list[Job[Any]]:
        """Jobs in the order in which they start."""
        return sorted((job for job in self._jobs if not job.cancellation.cancelled), key=lambda job: job.background)

    def _loop(self) -> None:
        while True:
            with self._changed:
                while not (self._short or self._jobs or self._closed):
                    self._changed.wait()
                closed = self._closed
                short = self._short.popleft() if self._short else None
                job = None
                if short is None and self._jobs:
                    job = min(self._jobs, key=lambda one: one.background and not one.cancellation.cancelled)
                    self._jobs.remove(job)
                    self._running = job
            if short is not None:
                if closed:
                    short[1].set_exception(BusyError("The editor has been closed."))
                else:
                    _answer(*short)
            elif job is not None:
                job.run()
                with self._changed:
                    self._running = None
            elif closed:
                return


def _answer(work: Callable[[], Any], future: Future[Any]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # whoever waits gets the error
        future.set_exception(error)

"""The thread that computes: order of jobs, short work between chunks, cancellation, errors, limits and the end."""

from __future__ import annotations

import queue as queues
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from resefa.editor import work_queue
from resefa.editor.work_queue import BusyError, Job, WorkQueue
from resefa.errors import CancelledError, RegionError
from resefa.runtime.session import Session

LONG = 10.0
"""Seconds after which a test has failed: nothing here takes a tenth of a second."""


@pytest.fixture
def queue() -> Iterator[WorkQueue]:
    queue = WorkQueue()
    yield queue
    queue.close()


@pytest.fixture
def people() -> Iterator[ThreadPoolExecutor]:
    """Threads that ask for short work."""
    with ThreadPoolExecutor(16) as pool:
        yield pool


class Held:
    """Work of chunks that a test lets through one by one."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self._chunks: queues.Queue[tuple[int, int] | None] = queues.Queue()
        self._passed: queues.Queue[bool] = queues.Queue()

    def __call__(self, job: Job[str]) -> str:
        self.started.set()
        while (chunk := self._chunks.get(timeout=LONG)) is not None:
            try:
                job.report(*chunk)
            finally:
                self._passed.put(True)
        return "finished"

    def chunk(self, done: int = 1, total: int = 2) -> None:
        """Let a chunk through, and wait until the report after it has returned or raised."""
        self._chunks.put((done, total))
        self._passed.get(timeout=LONG)

    def finish(self) -> None:
        self._chunks.put(None)


def held(queue: WorkQueue, *, background: bool = False) -> tuple[Held, Job[str]]:
    """A job that runs and waits for the test."""
    work = Held()
    job = queue.start(work, background=background)
    assert work.started.wait(LONG)
    return work, job


def until(holds: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.001)


def ask(queue: WorkQueue, people: ThreadPoolExecutor, work: Callable[[], Any]) -> Future[Any]:
    """Ask for short work on a thread of its own, and wait until it is in the queue."""
    before = len(queue._short)
    asked = people.submit(queue.quick, work)
    until(lambda: len(queue._short) > before)
    return asked


# ---- order ----


def test_all_work_is_done_on_one_thread_of_its_own(queue: WorkQueue) -> None:
    threads = {queue.quick(threading.get_ident) for _ in range(3)}
    threads |= {queue.start(lambda job: threading.get_ident()).future.result(LONG) for _ in range(3)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_jobs_start_in_the_order_of_arrival_and_those_in_the_background_last(queue: WorkQueue) -> None:
    order: list[str] = []
    work, running = held(queue)
    jobs = [
        queue.start(lambda job, name=name: order.append(name), background=name.startswith("background"))
        for name in ("background 1", "first", "background 2", "second")
    ]
    assert [running.before, *(job.before for job in jobs)] == [0, 3, 1, 4, 2]
    assert [job.fraction for job in jobs] == [None] * 4
    work.finish()
    assert all(job.wait(LONG) for job in jobs)
    assert order == ["first", "second", "background 1", "background 2"]
    assert [job.before for job in jobs] == [0, 0, 0, 0]
    assert running.future.result(0) == "finished"


def test_nobody_waits_for_a_job_in_the_background_that_runs(queue: WorkQueue) -> None:
    work, _ = held(queue, background=True)
    assert queue.start(lambda job: None).before == 0
    work.finish()


# ---- short work ----


def test_short_work_is_done_between_the_chunks_of_a_job(queue: WorkQueue, people: ThreadPoolExecutor) -> None:
    work, job = held(queue)
    asked = [ask(queue, people, lambda place=place: place) for place in range(5)]
    assert not any(one.done() for one in asked)
    work.chunk()
    assert [one.result(LONG) for one in asked] == [0, 1, 2, 3, 4]
    assert not job.done
    work.finish()
    assert job.future.result(LONG) == "finished"


def test_short_work_goes_before_jobs_that_wait(queue: WorkQueue, people: ThreadPoolExecutor) -> None:
    order: list[str] = []
    work, _ = held(queue)
    waiting = queue.start(lambda job: order.append("job"))
    asked = ask(queue, people, lambda: order.append("short"))
    work.finish()
    asked.result(LONG)
    assert waiting.wait(LONG)
    assert order == ["short", "job"]


def test_a_job_may_ask_for_short_work_itself(queue: WorkQueue) -> None:
    assert queue.start(lambda job: queue.quick(lambda: 7)).future.result(LONG) == 7
    assert queue.quick(lambda: queue.quick(lambda: 8)) == 8


def test_everybody_gets_the_own_result_while_a_job_runs(queue: WorkQueue, people: ThreadPoolExecutor) -> None:
    stop = threading.Event()

    def long(job: Job[int]) -> int:
        chunks = 0
        while not stop.is_set():
            job.report(0, 1)
            chunks += 1
        return chunks

    job = queue.start(long)
    results = list(people.map(lambda number: queue.quick(lambda: number * number), range(300), timeout=LONG))
    stop.set()
    assert results == [number * number for number in range(300)]
    assert job.future.result(LONG) > 0


# ---- cancellation ----


def test_a_running_job_stops_at_its_next_chunk(queue: WorkQueue) -> None:
    work, job = held(queue)
    work.chunk()
    job.cancel()
    assert not job.done
    work.chunk()
    assert isinstance(job.future.exception(LONG), CancelledError)
    assert queue.quick(lambda: 1) == 1


def test_a_waiting_job_that_is_cancelled_never_starts(queue: WorkQueue) -> None:
    started: list[str] = []
    work, _ = held(queue)
    jobs = [queue.start(lambda job, name=name: started.append(name)) for name in ("first", "second", "third")]
    jobs[1].cancel()
    assert [job.before for job in jobs] == [1, 0, 2]
    work.finish()
    assert all(job.wait(LONG) for job in jobs)
    assert started == ["first", "third"]
    assert isinstance(jobs[1].future.exception(0), CancelledError)


@pytest.mark.parametrize("background", [False, True])
def test_a_waiting_job_that_is_cancelled_ends_while_another_runs(queue: WorkQueue, background: bool) -> None:
    work, running = held(queue)
    waiting = queue.start(lambda job: "never", background=background)
    waiting.cancel()
    work.chunk()
    assert waiting.done
    assert not running.done
    with pytest.raises(CancelledError):
        waiting.future.result(0)
    work.finish()


def test_cancelling_twice_or_after_the_end_changes_nothing(queue: WorkQueue) -> None:
    job = queue.start(lambda job: 5)
    assert job.wait(LONG)
    job.cancel()
    job.cancel()
    assert job.future.result(0) == 5
    assert queue.quick(lambda: 1) == 1


def test_computations_see_the_progress_and_the_cancellation_of_their_job(queue: WorkQueue) -> None:
    def compute(job: Job[None]) -> None:
        session = job.session(Session())
        session.report(1, 4)
        assert job.fraction == 0.25
        job.cancel()
        session.check_cancelled()

    assert isinstance(queue.start(compute).future.exception(LONG), CancelledError)


# ---- the background ----


def test_a_job_in_the_background_gives_way(queue: WorkQueue) -> None:
    work, background = held(queue, background=True)
    work.chunk()
    assert not background.done
    job = queue.start(lambda job: "now")
    work.chunk()
    assert job.future.result(LONG) == "now"
    assert isinstance(background.future.exception(LONG), CancelledError)


def test_a_job_in_the_background_gives_way_neither_to_its_like_nor_to_cancelled_jobs(queue: WorkQueue) -> None:
    work, background = held(queue, background=True)
    other = queue.start(lambda job: "later", background=True)
    queue.start(lambda job: "never").cancel()
    work.chunk()
    assert not background.done
    work.finish()
    assert background.future.result(LONG) == "finished"
    assert other.future.result(LONG) == "later"


def test_a_job_does_not_give_way(queue: WorkQueue) -> None:
    work, job = held(queue)
    other = queue.start(lambda job: "later")
    work.chunk()
    assert not job.done
    work.finish()
    assert job.future.result(LONG) == "finished"
    assert other.future.result(LONG) == "later"


# ---- errors ----


@pytest.mark.parametrize(
    "error", [RegionError("The region is empty."), ZeroDivisionError("0"), SystemExit(3), MemoryError()]
)
def test_errors_reach_whoever_waits_and_the_thread_lives_on(queue: WorkQueue, error: BaseException) -> None:
    def fails(*_: Any) -> None:
        raise error

    with pytest.raises(type(error)) as short:
        queue.quick(fails)
    assert short.value is error
    assert queue.start(fails).future.exception(LONG) is error
    assert queue.quick(lambda: 1) == 1
    assert not isinstance(error, CancelledError)


def test_short_work_that_fails_leaves_the_job_alone(queue: WorkQueue, people: ThreadPoolExecutor) -> None:
    work, job = held(queue)
    asked = ask(queue, people, lambda: 1 // 0)
    work.chunk()
    assert isinstance(asked.exception(LONG), ZeroDivisionError)
    work.finish()
    assert job.future.result(LONG) == "finished"


# ---- limits ----


def test_more_jobs_than_the_limit_are_refused(queue: WorkQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_queue, "MOST_JOBS", 2)
    work, _ = held(queue)
    waiting = [queue.start(lambda job: None) for _ in range(2)]
    with pytest.raises(BusyError, match="try again"):
        queue.start(lambda job: None)
    waiting[0].cancel()
    # Whoever draws again and again leaves cancelled jobs, which take no place.
    another = queue.start(lambda job: "in time")
    work.finish()
    assert another.future.result(LONG) == "in time"


def test_more_short_work_than_the_limit_is_refused(
    queue: WorkQueue, people: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_queue, "MOST_SHORT", 2)
    work, _ = held(queue)
    asked = [ask(queue, people, lambda: "answer") for _ in range(2)]
    with pytest.raises(BusyError, match="busy"):
        queue.quick(lambda: None)
    work.chunk()
    assert [one.result(LONG) for one in asked] == ["answer", "answer"]
    work.finish()
    assert queue.quick(lambda: "again") == "again"


# ---- the end ----


def test_closing_ends_everything(people: ThreadPoolExecutor) -> None:
    queue = WorkQueue()
    work, running = held(queue)
    waiting = queue.start(lambda job: "never")
    closing = people.submit(queue.close)
    until(lambda: running.cancellation.cancelled)
    work.chunk()
    closing.result(LONG)
    assert isinstance(running.future.exception(0), CancelledError)
    assert isinstance(waiting.future.exception(0), CancelledError)
    assert not queue._thread.is_alive()
    with pytest.raises(BusyError):
        queue.quick(lambda: None)
    with pytest.raises(BusyError):
        queue.start(lambda job: None)
    queue.close()


def test_short_work_that_waits_at_the_end_is_refused(people: ThreadPoolExecutor) -> None:
    queue = WorkQueue()
    work, running = held(queue)
    asked = ask(queue, people, lambda: "answer")
    closing = people.submit(queue.close)
    until(lambda: running.cancellation.cancelled)
    work.finish()
    closing.result(LONG)
    assert isinstance(asked.exception(LONG), BusyError)


# ---- progress ----


def test_progress_is_told_in_parts_and_never_runs_backwards(queue: WorkQueue) -> None:
    seen: list[float | None] = []

    def compute(job: Job[None]) -> None:
        job.part(0, 0.5)
        for report in [(0, 10), (5, 10), (5, 20), (30, 20), (0, 0)]:
            job.report(*report)
            seen.append(job.fraction)
        job.part(0.5, 1)
        for done in range(3):
            job.report(done, 2)
            seen.append(job.fraction)

    assert queue.start(compute).future.exception(LONG) is None
    # The estimate of the whole doubled after the second report, and the fourth is beyond its part's end.
    assert seen == [0, 0.25, 0.25, 0.5, 0.5, 0.5, 0.75, 1.0]


def test_time_left_is_told_once_enough_is_done(queue: WorkQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    work, job = held(queue)
    assert job.fraction == 0
    assert job.seconds_left is None
    work.chunk(1, 100)
    assert job.seconds_left is None
    work.chunk(1, 4)
    started = job._started
    assert started is not None
    monkeypatch.setattr(work_queue.time, "monotonic", lambda: started + 5)
    assert job.seconds_left == pytest.approx(15)
    monkeypatch.undo()
    work.finish()


def test_a_job_that_waits_has_no_progress(queue: WorkQueue) -> None:
    work, _ = held(queue)
    waiting = queue.start(lambda job: None)
    assert waiting.fraction is None
    assert waiting.seconds_left is None
    assert not waiting.wait(0)
    work.finish()
    assert waiting.wait(LONG)

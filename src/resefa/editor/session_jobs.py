"""The jobs of a session: the search in progress, whose outcome the deck states, and the preparation in the background."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from resefa.editor.deck import Deck
from resefa.editor.work_queue import BusyError, Job, WorkQueue
from resefa.errors import CancelledError, ResefaError

T = TypeVar("T")
_TICK = 0.1
"""Seconds between looks at a job's progress."""
_log = logging.getLogger(__name__)


class SessionJobs:
    """At most one search and one preparation of a session.

    Args:
        queue: of the editor.
        deck: of the session; its state is that of the search.
    """

    def __init__(self, queue: WorkQueue, deck: Deck) -> None:
        self._queue, self._deck = queue, deck
        self._search: Job[None] | None = None
        self._preparation: Job[None] | None = None

    @property
    def at_work(self) -> bool:
        """Whether a search is waiting or running."""
        search = self._search
        return search is not None and not search.done

    def search(self, work: Callable[[Job[None]], None]) -> None:
        """Begin a search; the caller has cancelled the search before.

        Raises:
            BusyError: too many searches wait.
        """
        with self._deck.lock:
            self._search = self._queue.start(lambda job: self._guarded(job, work))
            self._deck.tell("searching")

    def prepare(self, work: Callable[[Job[None]], None]) -> None:
        """Begin work in the background, which gives way to every search. A busy editor has no time to spare for it."""
        with contextlib.suppress(BusyError):
            self._preparation = self._queue.start(work, background=True)

    def cancel(self) -> None:
        """Stop the search and the preparation."""
        with self._deck.lock:
            if self.at_work:
                self._deck.tell("cancelled")
            for job in (self._search, self._preparation):
                if job is not None:
                    job.cancel()

    def until_done(self, look: Callable[[], T]) -> Iterator[T]:
        """Look again and again until the search in progress has ended or another has begun; the last time after the end."""
        search = self._search
        while search is not None and search is self._search and not search.done:
            yield look()
            self._deck.wait(_TICK)
        yield look()

    def progress(self) -> dict[str, Any]:
        """The progress of the search as plain data: fraction, seconds left, and the number of jobs before it."""
        search = self._search if self.at_work else None
        if search is None:
            return {"fraction": None, "seconds_left": None, "before": 0}
        return {"fraction": search.fraction, "seconds_left": search.seconds_left, "before": search.before}

    def _guarded(self, job: Job[None], work: Callable[[Job[None]], None]) -> None:
        """Run a search; an error becomes the message of the deck."""
        state, message = "done", ""
        try:
            work(job)
        except CancelledError:
            state = "cancelled"
        except ResefaError as error:
            state, message = "error", str(error)
        except Exception as error:
            state, message = "error", "Something went wrong in the search. The details are in the server's log."
            _log.error("a search failed", exc_info=error)
        with self._deck.lock:
            self._deck.keep_measured()
            if self._search is job:
                self._deck.tell(state, message)

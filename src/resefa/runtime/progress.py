"""Progress of long work: a bar on a terminal or in a notebook, lines on standard error elsewhere."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[int, int], None]
"""Called with the work done and the total. An object with a method ``stage(name)`` is also told what the work does."""

FIRST_LINE, NEXT_LINES = 5.0, 20.0
"""Seconds until the first line of progress, and between further lines."""


def report_stage(progress: Progress | None, name: str) -> None:
    """Tell the callback what the work does from now on, if it has a method ``stage``; for example "image 3 of 64"."""
    stage = getattr(progress, "stage", None)
    if callable(stage):
        stage(name)


@contextlib.contextmanager
def shown_progress(
    progress: Progress | bool | None, label: str, *, transfer: bool = False
) -> Iterator[Progress | None]:
    """The callback itself; for True a callback that shows the progress, for False and None no callback.

    On a terminal or in a notebook it shows a bar with the time left. Elsewhere it writes a line to standard error once the
    work has taken five seconds, and another every twenty seconds.

    Args:
        label: the name of the work.
        transfer: the counts are bytes.
    """
    if progress is not True:
        yield progress or None
        return
    from rich.console import Console

    console = Console(stderr=True)
    animated = console.is_terminal or console.is_jupyter
    with _bar(label, console, transfer) if animated else _lines(label, transfer) as shown:
        yield shown


@contextlib.contextmanager
def _bar(label: str, console: Console, transfer: bool) -> Iterator[Progress]:
    from rich.progress import BarColumn, DownloadColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.progress import TransferSpeedColumn as Speed

    columns = (DownloadColumn(), Speed()) if transfer else (TaskProgressColumn(),)
    text = TextColumn("{task.description}", markup=False)
    with Bars(text, BarColumn(), *columns, TimeRemainingColumn(), console=console, transient=True) as bars:
        yield _Bar(bars, bars.add_task(label, total=None), label)


class _Bar:
    def __init__(self, bars: Any, task: Any, label: str) -> None:
        self._bars, self._task, self._label = bars, task, label

    def __call__(self, done: int, total: int) -> None:
        self._bars.update(self._task, completed=done, total=total or None)

    def stage(self, name: str) -> None:
        self._bars.update(self._task, description=f"{self._label}, {name}")


@contextlib.contextmanager
def _lines(label: str, transfer: bool) -> Iterator[Progress]:
    lines = _Lines(label, transfer)
    first = threading.Timer(FIRST_LINE, lines.begin)
    first.daemon = True
    first.start()
    try:
        yield lines
    finally:
        first.cancel()
    lines.end()


class _Lines:
    def __init__(self, label: str, transfer: bool) -> None:
        self._label, self._transfer = label, transfer
        self._start = self._last = time.monotonic()
        self._begun = threading.Event()
        self._stage = self._reached = ""

    def begin(self) -> None:
        if not self._begun.is_set():
            self._write(self._stage or "started")

    def stage(self, name: str) -> None:
        self._stage = name

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        self._reached = _amount(done, self._transfer) + (f" of {_amount(total, self._transfer)}" if total else "")
        if self._begun.is_set() and now - self._last >= NEXT_LINES and done:
            self._last = now
            left = f", about {_duration((now - self._start) * (total - done) / done)} left" if total > done else ""
            self._write((f"{self._stage}, {done / total:.0%}" if self._stage and total else self._reached) + left)

    def end(self) -> None:
        if self._begun.is_set():
            reached = f"{self._reached}, " if self._reached and not self._stage else ""
            self._write(f"{reached}done in {_duration(time.monotonic() - self._start)}")

    def _write(self, text: str) -> None:
        from resefa.errors import printable

        self._begun.set()
        # A terminal that cannot write a character shows its number instead of a traceback.
        encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
        line = printable(f"{self._label}: {text}", 1000)
        print(line.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr, flush=True)


def _amount(count: int, transfer: bool) -> str:
    return f"{count / 1e6:.1f} MB" if transfer else str(count)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"

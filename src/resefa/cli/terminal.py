"""Progress on standard error: a bar on a terminal, lines elsewhere, or none."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from resefa.cli.commands import worded

if TYPE_CHECKING:
    from rich.console import Console

    from resefa.runtime.progress import Progress


FIRST_LINE, NEXT_LINES = 5.0, 20.0
"""Seconds after which work is mentioned where nothing is a terminal, and between further lines."""


@contextlib.contextmanager
def bar(label: str, quiet: bool, *, transfer: bool = False) -> Iterator[Progress | None]:
    """Give a ``progress(done, total)`` callback; None where the user wants quiet. ``transfer`` counts bytes.

    A terminal gets a bar. A pipe or a log file gets a line when the work has taken five seconds, and now and then another.
    """
    if quiet:
        yield None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with _drawn(label, console, transfer) if console.is_terminal else _told(label, transfer) as progress:
        yield progress


@contextlib.contextmanager
def _drawn(label: str, console: Console, transfer: bool) -> Iterator[Progress]:
    from rich.progress import BarColumn, DownloadColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.progress import TransferSpeedColumn as Speed

    columns = (DownloadColumn(), Speed()) if transfer else (TaskProgressColumn(),)
    text = TextColumn("{task.description}")
    with Bars(text, BarColumn(), *columns, TimeRemainingColumn(), console=console, transient=True) as shown:
        task = shown.add_task(label, total=None)
        yield _Bar(shown, task, label)


class _Bar:
    def __init__(self, shown: Any, task: Any, label: str) -> None:
        self._shown, self._task, self._label = shown, task, label

    def __call__(self, done: int, total: int) -> None:
        self._shown.update(self._task, completed=done, total=total or None)

    def stage(self, words: str) -> None:
        self._shown.update(self._task, description=f"{self._label}, {words}")


@contextlib.contextmanager
def _told(label: str, transfer: bool) -> Iterator[Progress]:
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
        self._spoken = threading.Event()
        self._stage = self._reached = ""

    def begin(self) -> None:
        if not self._spoken.is_set():
            self._say(self._stage or "under way")

    def stage(self, words: str) -> None:
        self._stage = words

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        self._reached = _amount(done, self._transfer) + (f" of {_amount(total, self._transfer)}" if total else "")
        if self._spoken.is_set() and now - self._last >= NEXT_LINES and done:
            self._last = now
            left = f", about {_duration((now - self._start) * (total - done) / done)} left" if total > done else ""
            self._say((f"{self._stage}, {done / total:.0%}" if self._stage and total else self._reached) + left)

    def end(self) -> None:
        if self._spoken.is_set():
            reached = f"{self._reached}, " if self._reached and not self._stage else ""
            self._say(f"{reached}done in {_duration(time.monotonic() - self._start)}")

    def _say(self, text: str) -> None:
        self._spoken.set()
        say(f"{self._label}: {text}", error=True)


def _amount(count: int, transfer: bool) -> str:
    return f"{count / 1e6:.1f} MB" if transfer else str(count)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def announce(sentence: str) -> None:
    """Say on standard error what is about to happen."""
    say(sentence, error=True)


LONGEST_LINE = 10_000


def say(text: str, *, error: bool = False) -> None:
    """Print lines to standard output, or to standard error, with invisible and control characters escaped.

    Line breaks in ``text`` are the caller's: text of a file goes through ``errors.printable`` first, which escapes its breaks.
    """
    from resefa.errors import printable

    text = worded(text)
    stream = sys.stderr if error else sys.stdout
    shown = "\n".join(printable(line, LONGEST_LINE) for line in text.split("\n"))
    # A terminal that cannot write a letter shows its number in place of a traceback.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(shown.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=error)


def report(as_json: bool, quiet: bool, text: str, facts: dict[str, Any]) -> None:
    """Say what was done: in words, as JSON, or not at all."""
    if as_json:
        print(json.dumps(facts, indent=2))
    elif not quiet:
        say(text)

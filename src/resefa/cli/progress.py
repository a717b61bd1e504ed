"""Progress on standard error: a bar on a terminal, lines elsewhere, or none."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


FIRST_LINE, NEXT_LINES = 5.0, 20.0
"""Seconds after which work is mentioned where nothing is a terminal, and between further lines."""

Progress = Callable[[int, int], None]


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
        yield lambda done, total: shown.update(task, completed=done, total=total or None)


@contextlib.contextmanager
def _told(label: str, transfer: bool) -> Iterator[Progress]:
    start, spoken = time.monotonic(), threading.Event()
    last = start
    said = ""

    def say(text: str) -> None:
        spoken.set()
        print(f"{label}: {text}", file=sys.stderr, flush=True)

    def begin() -> None:
        if not spoken.is_set():
            say("under way")

    def progress(done: int, total: int) -> None:
        nonlocal last, said
        now = time.monotonic()
        said = f"{_amount(done, transfer)} of {_amount(total, transfer)}" if total else _amount(done, transfer)
        if spoken.is_set() and now - last >= NEXT_LINES and done:
            last = now
            left = f", about {_duration((now - start) * (total - done) / done)} left" if total > done else ""
            say(said + left)

    first = threading.Timer(FIRST_LINE, begin)
    first.daemon = True
    first.start()
    try:
        yield progress
    finally:
        first.cancel()
    if spoken.is_set():
        say(f"{said + ', ' if said else ''}done in {_duration(time.monotonic() - start)}")


def _amount(count: int, transfer: bool) -> str:
    return f"{count / 1e6:.1f} MB" if transfer else str(count)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def announce(sentence: str) -> None:
    """Say on standard error what is about to happen."""
    print(sentence, file=sys.stderr)

"""A progress bar on standard error, or none."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def bar(label: str, quiet: bool, *, transfer: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """Give a ``progress(done, total)`` callback; None where the user wants quiet. ``transfer`` counts bytes."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import TransferSpeedColumn as Speed

    columns = (DownloadColumn(), Speed()) if transfer else (TaskProgressColumn(),)
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), *columns, TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    ) as shown:  # fmt: skip
        task = shown.add_task(label, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total or None)


def announce(sentence: str) -> None:
    """Say on standard error what is about to happen."""
    print(sentence, file=sys.stderr)

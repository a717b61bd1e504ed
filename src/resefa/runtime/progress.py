"""``progress=True``: a bar on standard error, or in a notebook's cell."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

Progress = Callable[[int, int], None]
"""Called with the work done and the total. An object with a method ``stage(name)`` is also told what the work does."""


def report_stage(progress: Progress | None, name: str) -> None:
    """Tell the callback what the work does from now on, if it has a method ``stage``; for example "image 3 of 64"."""
    stage = getattr(progress, "stage", None)
    if callable(stage):
        stage(name)


@contextlib.contextmanager
def shown_progress(progress: Progress | bool | None, label: str) -> Iterator[Progress | None]:
    """The callback itself; for True, that of a bar with the time left; for False, none."""
    if progress is not True:
        yield progress or None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(label, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total or None)

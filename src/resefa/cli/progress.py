"""A progress bar on standard error, or none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def bar(label: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Give a ``progress(done, total)`` callback; None where the user wants quiet."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(label, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)

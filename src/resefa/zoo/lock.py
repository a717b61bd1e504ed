"""One command at a time in a model's folder: the second waits until the first has ended, and finds its files."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from resefa.files.lock import try_lock
from resefa.zoo.place import writing

_PAUSE = 0.2


@contextlib.contextmanager
def alone(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock file ``path``. The system frees it when the process ends, however it ends.

    Args:
        waiting: called once where another process holds it.

    Raises:
        OutputError: the lock file cannot be made.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Opened for both ways, so that a pipe in its place does not wait for a reader.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        held = os.open(path, flags, 0o666)
    try:
        said = False
        while try_lock(held) is False:
            if waiting and not said:
                waiting()
            said = True
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(held)

"""One command at a time in a model's folder: the second waits until the first has ended, and finds its files."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

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
    try:
        import fcntl
    except ImportError:  # Windows: an open file cannot be replaced there, so the second writer fails on its own
        yield
        return
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Opened for both ways, so that a pipe in its place does not wait for a reader.
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        said = False
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    break  # a file system without locks
            if waiting and not said:
                waiting()
            said = True
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(held)

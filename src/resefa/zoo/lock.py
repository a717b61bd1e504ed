"""One command at a time in a model's folder: the second waits until the first has ended, and finds its files."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from resefa.errors import OutputError
from resefa.files import write_sentence

_PAUSE = 0.2

STORE_ADVICE = "set the environment variable RESEFA_HOME to a folder that you may write to"


@contextlib.contextmanager
def alone(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock file ``path``. The system frees it when the process ends, however it ends.

    Args:
        waiting: called once where another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows: an open file cannot be replaced there, so the second writer fails on its own
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = open(path, "ab")  # noqa: SIM115
    except OSError as error:
        raise OutputError(write_sentence(path, error, STORE_ADVICE)) from error
    with held:
        said = False
        while True:
            try:
                fcntl.flock(held.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    break  # a file system without locks
            if waiting and not said:
                waiting()
            said = True
            time.sleep(_PAUSE)
        yield

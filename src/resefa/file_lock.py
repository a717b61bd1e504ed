"""A lock on an open file that the system frees when its process ends, however it ends."""

from __future__ import annotations

import errno
from typing import IO

_FAR = 1 << 40
"""Windows locks bytes, and forbids others to read them: one far beyond any content."""


def try_lock(file: IO[bytes]) -> bool | None:
    """True: it is ours until ``unlock`` or the file's end. False: another process or thread has it. None: no locks here."""
    try:
        import fcntl
    except ImportError:
        return _try_on_windows(file)
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EAGAIN, errno.EACCES) else None
    return True


def unlock(file: IO[bytes]) -> None:
    """Let it go before the file is closed; a memory map of the file would hold it longer."""
    try:
        import fcntl
    except ImportError:
        return  # closing does it there
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
    except OSError:
        return  # a file system without locks


def _try_on_windows(file: IO[bytes]) -> bool | None:
    try:
        import msvcrt
    except ImportError:
        return None
    place = file.tell()
    try:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError as error:
        return False if error.errno in (errno.EACCES, errno.EDEADLOCK, errno.EAGAIN) else None
    finally:
        file.seek(place)
    return True

"""Lock on an open file, which the system releases when the process ends."""

from __future__ import annotations

import errno
import os

_FAR = 1 << 40
"""Position of the locked byte on Windows, which forbids reading locked bytes: far beyond any content."""


def try_lock(handle: int) -> bool | None:
    """Try to lock: True if locked until ``unlock`` or closing, False if another holder has the lock, None without lock support.

    Args:
        handle: ``file.fileno()`` of a file open for writing.
    """
    try:
        import fcntl
    except ImportError:
        return _try_on_windows(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EAGAIN, errno.EACCES) else None  # None: a file system without locks
    return True


def unlock(handle: int) -> None:
    """Release the lock before the file is closed; a memory map of the file would hold it longer."""
    try:
        import fcntl
    except ImportError:
        return  # closing does it there
    try:
        fcntl.flock(handle, fcntl.LOCK_UN)
    except OSError:
        return  # a file system without locks


def _try_on_windows(handle: int) -> bool | None:
    try:
        import msvcrt
    except ImportError:
        return None
    place = os.lseek(handle, 0, os.SEEK_CUR)
    try:
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        return False if error.errno in (errno.EACCES, errno.EDEADLOCK, errno.EAGAIN) else None
    finally:
        os.lseek(handle, place, os.SEEK_SET)
    return True

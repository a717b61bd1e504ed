"""Working files in a folder shared by several processes: written under a temporary name, then renamed.

Files that another process may have open are never changed: results get their name by a rename, and a process with the
earlier file open keeps that file. A lock on the working file shows that its process lives; the system releases the lock when
the process ends, and another process that needs the same result resumes the file. Without lock support, processes work
independently.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from resefa.errors import OutputError, parameter
from resefa.files.lock import try_lock, unlock
from resefa.runtime.memory import in_words

ENDING = ".part"
PATIENCE = 600.0
"""Seconds without a write by the process with the lock (it may be stopped) after which others stop waiting."""


@dataclass(frozen=True, eq=False)
class WorkingFile:
    """Working file, open for reading and writing, locked if the system supports locks."""

    path: Path
    file: IO[bytes]

    def published(self, target: Path) -> IO[bytes]:
        """Rename the file to ``target`` and return it open; if renaming fails, it stays for a later run."""
        self.file.flush()
        os.fsync(self.file.fileno())
        file = self.file
        if os.name == "nt":  # Windows cannot rename open files
            self.file.close()
        where = target
        try:
            os.replace(self.path, target)
        except OSError:
            where = self.path  # removed meanwhile, or a folder has the name: the computed data are still valid
        if file.closed:
            file = open(where if where.exists() else target, "rb")  # noqa: SIM115
        else:
            unlock(file.fileno())
        return file

    def left(self) -> None:
        """Close the file and leave it for another process."""
        with contextlib.suppress(OSError):  # buffered data that a full disk rejects
            self.file.close()

    def removed(self) -> None:
        """Close and delete the file."""
        _unlink(self.path)
        self.left()


def claimed(folder: Path, name: str, size: int) -> WorkingFile | None:
    """Working file for the result ``name`` of ``size`` bytes, left by an ended process or new.

    None means that another process is computing the result; try again later.

    Raises:
        OutputError: the folder is not writable, or the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Names sort by creation time, so that all processes try the same file first.
        for path in sorted(folder.glob(f"{name}.*{ENDING}")):
            if (file := opened_regular(path, "r+b")) is None:
                continue
            held = try_lock(file.fileno())
            if held and same_file(path, file):
                if os.fstat(file.fileno()).st_size == size:
                    return WorkingFile(path, file)
                _unlink(path)
            elif held is False and time.time() - os.fstat(file.fileno()).st_mtime < PATIENCE:
                file.close()
                return None
            file.close()
        return _new(folder, name, size)
    except OSError as error:
        raise OutputError(keep_sentence(folder, size, error)) from error


def _new(folder: Path, name: str, size: int) -> WorkingFile | None:
    path = folder / f"{name}.{time.time_ns():016x}{secrets.token_hex(4)}{ENDING}"
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    file = os.fdopen(os.open(path, flags, 0o666), "r+b")
    try:
        if try_lock(file.fileno()) is False or not same_file(path, file):
            file.close()  # another process was faster and resumes or removed it
            return None
        if any(_lives(other) for other in sorted(folder.glob(f"{name}.*{ENDING}")) if other.name < path.name):
            _unlink(path)
            file.close()
            return None
        _reserve(file, size)
    except OSError:
        _unlink(path)
        file.close()
        raise
    return WorkingFile(path, file)


def _reserve(file: IO[bytes], size: int) -> None:
    """Reserve disk space, so that a full disk is detected now, not after hours."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file.fileno(), 0, size)
            return
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
    file.truncate(size)


def _lives(path: Path) -> bool:
    """Whether a process has the lock and wrote recently."""
    if (file := opened_regular(path, "r+b")) is None:
        return False
    with file:
        return try_lock(file.fileno()) is False and time.time() - os.fstat(file.fileno()).st_mtime < PATIENCE


def remove_left(path: Path, *, older_than: float = 0.0) -> bool:
    """Remove a working file without a lock and without a write for ``older_than`` seconds; returns whether it is gone."""
    if (file := opened_regular(path, "r+b")) is None:
        return not path.exists()
    with file:
        held = try_lock(file.fileno())
        age = time.time() - os.fstat(file.fileno()).st_mtime
        if held is False or (held is None and age < 24 * 3600) or age < older_than or not same_file(path, file):
            return False
        return _unlink(path)


def opened_regular(path: Path, mode: str) -> IO[bytes] | None:
    """The opened file; None if missing, not a regular file, or not accessible."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        return open(path, mode)
    except OSError:
        return None


def same_file(path: Path, file: IO[bytes]) -> bool:
    """Whether the path still refers to the open file."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(file.fileno()))
    except OSError:
        return False


def _unlink(path: Path) -> bool:
    with contextlib.suppress(OSError):
        path.unlink()
        return True
    return False


def keep_sentence(folder: Path, size: int, error: OSError) -> str:
    """Message for a folder that cannot store a result."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return (
            f"The disk is full: {folder} needs {in_words(size)} for a Jacobian. Free disk space, or give another folder with "
            f"{parameter('cache')}; the next run reuses the computed columns."
        )
    return (
        f"{folder} cannot store Jacobians ({error.strerror or error}); give a writable folder with "
        f"{parameter('cache')}."
    )

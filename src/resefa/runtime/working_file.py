"""A file that one process writes under a name of its own in a folder that many share, until a rename gives it its place.

Nothing that another process may have open is ever written, cut or filled: results get their name by a rename, and who has
the earlier file open keeps that. A lock on the working file says that its process lives; the system frees it however the
process ends, and whoever wants the same result then goes on with the file. Where there are no locks nobody waits, and
everybody works alone.
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

from resefa.errors import OutputError
from resefa.files.lock import try_lock, unlock
from resefa.runtime.memory import in_words

ENDING = ".part"
PATIENCE = 600.0
"""Seconds without a sign of a process that has the lock (it was stopped, or left a child) after which nobody waits for it."""


@dataclass(frozen=True, eq=False)
class WorkingFile:
    """Open for reading and writing, locked where there are locks."""

    path: Path
    file: IO[bytes]

    def published(self, target: Path) -> IO[bytes]:
        """Give it its name. Returns the open file; where it cannot have that name it stays for a later run."""
        self.file.flush()
        os.fsync(self.file.fileno())
        file = self.file
        if os.name == "nt":  # no renaming of open files there
            self.file.close()
        where = target
        try:
            os.replace(self.path, target)
        except OSError:
            where = self.path  # removed meanwhile, or a folder has the name: what was computed is there all the same
        if file.closed:
            file = open(where if where.exists() else target, "rb")  # noqa: SIM115
        else:
            unlock(file.fileno())
        return file

    def left(self) -> None:
        """Let it be, for whoever goes on."""
        with contextlib.suppress(OSError):  # what a full disk did not take
            self.file.close()

    def removed(self) -> None:
        """Nothing of it is worth keeping."""
        _unlink(self.path)
        self.left()


def claimed(folder: Path, name: str, size: int) -> WorkingFile | None:
    """A working file for the result ``name`` of ``size`` bytes: what a dead process left, or a new one.

    None: another process is at work on it; ask again later.

    Raises:
        OutputError: the folder cannot be written, or has no room.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Names are in the order of their making, so that all try the same one first.
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
            file.close()  # another one was quicker and goes on with it, or has cleared it away
            return None
        if any(_lives(other) for other in sorted(folder.glob(f"{name}.*{ENDING}")) if other.name < path.name):
            _unlink(path)
            file.close()
            return None
        _take_room(file, size)
    except OSError:
        _unlink(path)
        file.close()
        raise
    return WorkingFile(path, file)


def _take_room(file: IO[bytes], size: int) -> None:
    """A disk without room says so now, not after hours."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file.fileno(), 0, size)
            return
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
    file.truncate(size)


def _lives(path: Path) -> bool:
    """Whether a process has the lock and gave a sign of late."""
    if (file := opened_regular(path, "r+b")) is None:
        return False
    with file:
        return try_lock(file.fileno()) is False and time.time() - os.fstat(file.fileno()).st_mtime < PATIENCE


def remove_left(path: Path, *, older_than: float = 0.0) -> bool:
    """Remove a working file that no process has, and that was not written for so many seconds. Whether it is gone."""
    if (file := opened_regular(path, "r+b")) is None:
        return not path.exists()
    with file:
        held = try_lock(file.fileno())
        age = time.time() - os.fstat(file.fileno()).st_mtime
        if held is False or (held is None and age < 24 * 3600) or age < older_than or not same_file(path, file):
            return False
        return _unlink(path)


def opened_regular(path: Path, mode: str) -> IO[bytes] | None:
    """The file, unless it is missing, a link, a pipe, a device or not ours to open so."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        return open(path, mode)
    except OSError:
        return None


def same_file(path: Path, file: IO[bytes]) -> bool:
    """Whether the name still means the open file."""
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
    """What kept a folder from keeping a result, in one sentence."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return (
            f"The disk is full: {folder} has no room for a Jacobian of {in_words(size)}. Free some space, or name another "
            "folder with --keep; columns that are there are used by the next run."
        )
    return (
        f"{folder} cannot keep Jacobians ({error.strerror or error}): name a folder that you may write to with --keep "
        "(in Python, JacobianCache(folder=...))."
    )

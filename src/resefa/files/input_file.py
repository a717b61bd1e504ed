"""Opening of files that a user names: only regular files of limited size, never pipes or devices."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from resefa.errors import ResefaError, UsageError, printable

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def user_path(path: str | os.PathLike[str]) -> Path:
    """Path with ``~`` expanded, as a shell would do; an unknown home is left unchanged."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def check_regular(path: str | os.PathLike[str], *, raises: type[ResefaError] = UsageError) -> None:
    """Refuse an existing path that is not a regular file, without opening it: a pipe could block, a device has no end.

    A missing or inaccessible path passes; opening it will fail.

    Raises:
        ResefaError: of the class ``raises``.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return
    except ValueError as error:  # a null character or an unpaired surrogate in the path
        raise raises(f"{printable(path, 200)} is not a valid path ({printable(error)}): check the path.") from error
    _refuse_kind(mode, printable(path, 200), raises)


@contextlib.contextmanager
def opened_input(
    path: str | os.PathLike[str], most: int, *, raises: type[ResefaError] = UsageError
) -> Iterator[tuple[BinaryIO, int]]:
    """Yield an open regular file of at most ``most`` bytes, and its size in bytes.

    Raises:
        ResefaError: of the class ``raises``: the file is missing, unreadable or larger, or is a folder, pipe or device.
    """
    where = user_path(path)
    shown = printable(where, 200)
    try:
        # Without O_NONBLOCK, opening a pipe waits for a writer.
        handle = os.open(where, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (IsADirectoryError, PermissionError) as error:
        # Some systems cannot open folders at all.
        reason = f"{shown} is a folder; give a file." if where.is_dir() else _unreadable(shown, error)
        raise raises(reason) from error
    except OSError as error:
        raise raises(_unreadable(shown, error)) from error
    except ValueError as error:  # a null character or an unpaired surrogate in the path
        raise raises(f"{shown} is not a valid path ({printable(error)}): check the path.") from error
    try:
        status = os.fstat(handle)
        _refuse_kind(status.st_mode, shown, raises)
        if status.st_size > most:
            raise raises(f"{shown} has {status.st_size:,} bytes; files of this kind have at most {most:,}.")
        with open(handle, "rb", closefd=False) as file:
            yield file, status.st_size
    except OSError as error:
        raise raises(_unreadable(shown, error)) from error
    finally:
        os.close(handle)


def read_input(path: str | os.PathLike[str], most: int, *, raises: type[ResefaError] = UsageError) -> bytes:
    """Content of a file of at most ``most`` bytes; errors as in ``opened_input``."""
    with opened_input(path, most, raises=raises) as (file, _):
        return file.read(most)


def _refuse_kind(mode: int, shown: str, raises: type[ResefaError]) -> None:
    if not stat.S_ISREG(mode):
        kind = next((words for test, words in _KINDS if test(mode)), "not a regular file")
        raise raises(f"{shown} is {kind}; give a file.")


def _unreadable(shown: str, error: OSError) -> str:
    return f"{shown} cannot be read ({error.strerror or error}): check the path."


def file_sha256(path: str | Path) -> str:
    """sha256 of a file as a hex digest."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

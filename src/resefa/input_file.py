"""Files that a user names, opened for reading: regular ones, of a size that makes sense, and never a pipe that nobody writes to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from resefa.errors import ResefaError, UsageError, printable

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def user_path(path: str | os.PathLike[str]) -> Path:
    """The path with ``~`` expanded, which no shell does in a notebook; a ``~`` that stands for no home is left as it is."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def read_input(path: str | os.PathLike[str], most: int, *, raises: type[ResefaError] = UsageError) -> bytes:
    """The bytes of a file of at most ``most`` bytes.

    Raises:
        ResefaError: of the class ``raises``: there is no such file, it is a folder, pipe or device, it may not be read, or it is
            larger.
    """
    where = user_path(path)
    shown = printable(where, 200)
    try:
        # Without O_NONBLOCK, opening a pipe waits for somebody to write to it.
        handle = os.open(where, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                kind = next((words for test, words in _KINDS if test(status.st_mode)), "no regular file")
                raise raises(f"{shown} is {kind}; give a file.")
            if status.st_size > most:
                raise raises(f"{shown} has {status.st_size:,} bytes; files of this kind have at most {most:,}.")
            return file.read(most + 1)[:most]
    except IsADirectoryError as error:  # where folders cannot be opened at all
        raise raises(f"{shown} is a folder; give a file.") from error
    except OSError as error:
        raise raises(f"{shown} cannot be read ({error.strerror or error}): check the path.") from error
    except ValueError as error:  # a null character or half a character in the path
        raise raises(f"{shown} is not a path that a file can have ({printable(error)}): check the path.") from error

"""Atomic writes: write a temporary file in the same folder, flush it to disk, then rename it."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from resefa.errors import OutputError

ADVICE = "choose a folder that you may write to"
_FULL, _CLOSED = (errno.ENOSPC, errno.EDQUOT), (errno.EACCES, errno.EPERM, errno.EROFS)
_FOLDERS_FAULT = (*_FULL, *_CLOSED, errno.EIO)
_LONGEST_STEM = 100
"""Most characters of the target's name in its temporary name; file systems allow about 255 bytes."""


@contextlib.contextmanager
def written_beside(path: str | Path, advice: str = ADVICE) -> Iterator[Path]:
    """Yield a temporary path in the target's folder, renamed to ``path`` if the block ends without an error.

    The temporary name has the target's suffix, since writers choose their format by it. On any error (including Ctrl-C)
    the temporary file is removed and an older file at ``path`` stays unchanged. A link is followed.

    Args:
        advice: remedy for a folder without write permission.

    Raises:
        OutputError: the folder cannot be created or written, or the disk is full.
    """
    target = _target(path)
    # The name is chosen before the file exists, so that an interruption cannot leave an unknown file.
    temporary = target.parent / f".{target.stem[:_LONGEST_STEM]}-{secrets.token_hex(8)}{target.suffix}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield temporary
        with open(temporary, "rb+") as written:
            os.fsync(written.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except OSError as error:
        raise OutputError(write_sentence(target, error, advice)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_bytes(path: str | Path, data: bytes, *, rescue: bool = False) -> None:
    """Write ``data`` to ``path`` atomically.

    Args:
        rescue: if ``path`` cannot be written, save the data in the folder for temporary files and name that file in the
            error; for results that took long to compute.
    """
    try:
        with written_beside(path) as temporary:
            temporary.write_bytes(data)
    except OutputError as error:
        cause = error.__cause__
        if not rescue or not isinstance(cause, OSError) or cause.errno not in _FOLDERS_FAULT:
            raise
        saved = _rescued(Path(path), data)
        if saved is None:
            raise
        reason = "the disk is full" if cause.errno in _FULL else cause.strerror
        raise OutputError(f"{path} could not be written ({reason}); the result is saved as {saved}.") from error


def check_writable(path: str | Path, advice: str = ADVICE) -> None:
    """Check before long work that ``path`` can be written later; leaves no file.

    A missing folder is created later if its parent exists; if the parent is missing too, the path is probably mistyped.

    Raises:
        OutputError: the path is a folder, device or pipe, or its folder is missing or not writable.
    """
    target = _target(path)
    check_writable_folder(target.parent, advice, str(path))


def check_writable_folder(folder: str | Path, advice: str = ADVICE, wanted: str | None = None) -> None:
    """Raise OutputError if ``folder`` is not writable; a missing folder with an existing parent is created later."""
    folder = Path(os.path.realpath(folder))
    wanted = str(folder) if wanted is None else wanted
    try:
        if folder.is_dir():
            trial = folder
        elif folder.exists() or folder.is_symlink():
            raise OutputError(f"{wanted} cannot be written: {folder} is a file, not a folder.")
        elif folder.parent.is_dir():
            trial = folder.parent
        else:
            raise OutputError(
                f"{wanted} cannot be written: the folder {folder.parent} does not exist. Check the name, or create the folder first."
            )
        # Permissions are not enough: an administrator has all of them even on a read-only file system.
        with tempfile.TemporaryFile(dir=trial):
            pass
    except OSError as error:
        raise OutputError(write_sentence(Path(wanted), error, advice)) from error


def make_folder(folder: str | Path, advice: str = ADVICE) -> None:
    """Create a folder and its missing parents.

    Raises:
        OutputError: the folder cannot be created.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(write_sentence(Path(folder), error, advice)) from error


def write_sentence(target: Path, error: OSError, advice: str = ADVICE) -> str:
    """Message for a failure to write ``target``."""
    if error.errno in _FULL:
        return f"The disk is full, so {target} was not written: free disk space and run the command again."
    if error.errno in _CLOSED:
        return f"{target} cannot be written ({error.strerror}): {advice}."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):  # a file in place of a folder
        return f"{target} could not be written ({error.strerror}): {advice}."
    return f"{target} could not be written ({error.strerror or error}): check the folder and run the command again."


def _target(path: str | Path) -> Path:
    # The target of a link is written; the link stays.
    target = Path(os.path.realpath(path))
    try:
        kind = target.stat().st_mode
    except OSError:
        return target
    if stat.S_ISDIR(kind):
        raise OutputError(f"{path} is a folder, not a file: name a file inside it.")
    if not stat.S_ISREG(kind):
        raise OutputError(f"{path} is a device or a pipe, not a file: name a file.")
    return target


def _rescued(path: Path, data: bytes) -> Path | None:
    saved: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            prefix=f"{path.stem[:_LONGEST_STEM]}-", suffix=path.suffix, delete=False
        ) as file:
            saved = Path(file.name)
            file.write(data)
        return saved
    except OSError:
        if saved is not None:
            saved.unlink(missing_ok=True)
        return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

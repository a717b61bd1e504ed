"""Writing results so that nobody ever finds half a file: write beside, flush to disk, then rename."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from resefa.errors import OutputError


@contextlib.contextmanager
def written_beside(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the target's own folder; rename it onto ``path`` when the block ends without an error.

    The temporary name keeps the target's ending, since writers choose their format by it. On any error (Ctrl-C
    included) the temporary file is removed and an older file at ``path`` stays as it was.

    Raises:
        OutputError: the folder cannot be made or written, or the disk is full.
    """
    target = Path(path)
    if target.is_dir():
        raise OutputError(f"{target} is a folder, but a file is to be written there: name a file inside it.")
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with open(temporary, "rb+") as written:
            os.fsync(written.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise OutputError(write_sentence(target, error)) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write ``data`` to ``path`` whole or not at all."""
    with written_beside(path) as temporary:
        temporary.write_bytes(data)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_sentence(target: Path, error: OSError) -> str:
    """What kept ``target`` from being written, in one sentence."""
    if error.errno == errno.ENOSPC:
        return f"The disk is full, so {target} was not written: free some space and run the command again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{target} may not be written ({error.strerror}): choose a folder of your own with -o."
    return f"{target} could not be written ({error.strerror or error}): check the folder and run the command again."

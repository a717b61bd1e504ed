"""Where the store is, and what to say where it cannot be written."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from resefa.errors import OutputError, UsageError
from resefa.files.input_file import user_path
from resefa.files.output_file import write_sentence

STORE_ADVICE = "set the environment variable RESEFA_HOME to a folder that you may write to"


def store_folder() -> Path:
    """``RESEFA_HOME`` where it is set, else the platform's cache folder."""
    if home := os.environ.get("RESEFA_HOME"):
        return Path(os.path.abspath(user_path(home)))
    try:
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "resefa"
        if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
            return Path(local) / "resefa"
        cache = os.environ.get("XDG_CACHE_HOME", "")
        # A relative one is to be passed over (XDG Base Directory Specification).
        return Path(cache if os.path.isabs(cache) else Path.home() / ".cache") / "resefa"
    except RuntimeError as error:
        raise UsageError("There is no home folder to store weights in; set RESEFA_HOME to a folder.") from error


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a fault of the disk under ``path`` into a sentence.

    Raises:
        OutputError: it is full, may not be written, or fails.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(write_sentence(path, error, STORE_ADVICE)) from error

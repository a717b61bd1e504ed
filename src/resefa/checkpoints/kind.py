"""What a file is, by its content and never by its ending."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from resefa.errors import ModelError
from resefa.files.archive import ZIP_DAMAGE, opened_archive
from resefa.files.input_file import check_regular


def file_kind(path: str | Path) -> str:
    """``"safetensors"``, ``"torch-zip"``, ``"torchscript"``, ``"torch-export"``, ``"zip"``, ``"pickle"`` or ``"unknown"``."""
    path = Path(path)
    check_regular(path, raises=ModelError)
    try:
        with open(path, "rb") as file:
            start = file.read(9)
        # Eight bytes of header length, then JSON.
        if start[8:] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size:
            return "safetensors"
        if not start:
            return "unknown"
        if not zipfile.is_zipfile(path):
            return "pickle" if start[:1] == b"\x80" or _old_pickle(path, start) else "unknown"
        with open(path, "rb") as file, opened_archive(file, path.name) as archive:
            names = [name.split("/", 1)[-1] for name in archive.namelist()]
    except ZIP_DAMAGE as error:
        raise ModelError(f"{path.name} is a damaged zip archive: get it anew.") from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    if "archive_format" in names or any(name.startswith(("models/", "serialized_exported_program")) for name in names):
        return "torch-export"
    if "constants.pkl" in names and any(name.startswith("code/") for name in names):
        return "torchscript"
    return "torch-zip" if "data.pkl" in names else "zip"


def _old_pickle(path: Path, start: bytes) -> bool:
    """Protocols 0 and 1 have no header: they begin with a tuple, list, dict or global, and end with a full stop."""
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return start[:1] in (b"(", b"]", b"}", b"c") and file.read(1) == b"."

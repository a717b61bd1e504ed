"""What a file is, by its content and never by its ending."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from resefa.errors import ModelError, printable
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


_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"8BPS", "a Photoshop picture"),
    (b"%!PS", "a PostScript drawing"),
    (b"RIFF", "a picture or a film"),
    (b"MATLAB", "a MATLAB file"),
    (b"\x89HDF", "an HDF5 file (Keras?)"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"%PDF", "a PDF"),
    (b"version https://git-lfs", "a pointer of Git LFS in place of the file: run git lfs pull"),
)
_READ = 512
"""Bytes of the start and of the end that are looked at."""


def words_of(path: Path) -> str:
    """What the file at ``path`` is, as a noun; raises OSError where it cannot be read."""
    with open(path, "rb") as file:
        start = file.read(_READ)
        file.seek(max(path.stat().st_size - _READ, 0))
        return words_for(start, file.read())


def words_for(start: bytes, end: bytes) -> str:
    """What a file with these first and last bytes is, as a noun: ``a JPEG picture``."""
    if not start:
        return "empty"
    for beginning, words in _BEGINNINGS:
        if start.startswith(beginning):
            return words
    if start[4:8] == b"ftyp":
        return "a picture or a film (HEIC, AVIF or MP4)"
    if start[257:262] == b"ustar":
        return "a tar archive: unpack it first"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a page of the web (a sign-in, a warning or an error?)"
    if all(byte in b"\t\n\r\f" or byte >= 32 for byte in start + end) and b"\x7f" not in start:
        shown = printable(start[:30].decode("utf-8", "replace").strip())
        return f"text, which begins with {shown!r}"
    return f"of no kind that is known (it begins with the bytes {start[:8].hex(' ')})"

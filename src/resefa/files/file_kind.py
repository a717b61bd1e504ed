"""Detection of the kind of a file by its content, never by its suffix."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from resefa.errors import ModelError, printable
from resefa.files.archive import ZIP_DAMAGE, opened_archive
from resefa.files.input_file import check_regular


def file_kind(path: str | Path) -> str:
    """Kind of a file: ``"safetensors"``, ``"torch-zip"``, ``"torchscript"``, ``"torch-export"``, ``"zip"``, ``"pickle"`` or ``"unknown"``."""
    path = Path(path)
    check_regular(path, raises=ModelError)
    try:
        with open(path, "rb") as file:
            start = file.read(9)
        # Eight bytes with the length of the header, then JSON.
        if start[8:] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size:
            return "safetensors"
        if not start:
            return "unknown"
        if not zipfile.is_zipfile(path):
            return "pickle" if start[:1] == b"\x80" or _old_pickle(path, start) else "unknown"
        with open(path, "rb") as file, opened_archive(file, path.name) as archive:
            names = [name.split("/", 1)[-1] for name in archive.namelist()]
    except ZIP_DAMAGE as error:
        raise ModelError(f"{path.name} is a damaged zip archive: download it again.") from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    if "archive_format" in names or any(name.startswith(("models/", "serialized_exported_program")) for name in names):
        return "torch-export"
    if "constants.pkl" in names and any(name.startswith("code/") for name in names):
        return "torchscript"
    return "torch-zip" if "data.pkl" in names else "zip"


def _old_pickle(path: Path, start: bytes) -> bool:
    """Whether a file is a pickle of protocol 0 or 1: no header, begins with a tuple, list, dict or global, ends with "."."""
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
    (b"RIFF", "a picture or a video"),
    (b"MATLAB", "a MATLAB file"),
    (b"\x89HDF", "an HDF5 file (Keras?)"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"%PDF", "a PDF"),
    (b"version https://git-lfs", "a Git LFS pointer instead of the file: run git lfs pull"),
)
_READ = 512
"""Bytes read from the start and the end."""


def words_of(path: Path) -> str:
    """Description of the file at ``path`` as a noun; OSError if it cannot be read."""
    with open(path, "rb") as file:
        start = file.read(_READ)
        file.seek(max(path.stat().st_size - _READ, 0))
        return words_for(start, file.read())


def words_for(start: bytes, end: bytes) -> str:
    """Description of a file with these first and last bytes as a noun: ``a JPEG picture``."""
    if not start:
        return "empty"
    for beginning, words in _BEGINNINGS:
        if start.startswith(beginning):
            return words
    if start[4:8] == b"ftyp":
        return "a picture or a video (HEIC, AVIF or MP4)"
    if start[257:262] == b"ustar":
        return "a tar archive: unpack it first"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a web page (a sign-in, a warning or an error?)"
    if all(byte in b"\t\n\r\f" or byte >= 32 for byte in start + end) and b"\x7f" not in start:
        shown = printable(start[:30].decode("utf-8", "replace").strip())
        return f"text that begins with {shown!r}"
    return f"a file of unknown kind (its first bytes are {start[:8].hex(' ')})"

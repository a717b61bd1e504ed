"""Masks and label maps that other tools write as NumPy arrays: ``.npy``, and ``.npz`` with one array. No pickles."""

from __future__ import annotations

import io
import zipfile
import zlib
from tokenize import TokenError

import numpy as np

from resefa.errors import RegionError, printable
from resefa.files.picture_file import MOST_PIXELS

NPY, NPZ = b"\x93NUMPY", b"PK\x03\x04"
_KINDS = "biuf"
# A damaged archive or header fails in whichever part of them is read, each with exceptions of its own.
_DAMAGE = (
    ValueError, EOFError, OSError, RuntimeError, SyntaxError, MemoryError, TokenError, zipfile.BadZipFile, zlib.error, TypeError,
)  # fmt: skip


def array_of(data: bytes, path: str) -> np.ndarray:
    """The array of a file's bytes, checked by its header before anything of its size is made.

    Raises:
        RegionError: it is damaged, holds no array of numbers, several arrays, or more values than a picture may have pixels.
    """
    name = printable(path, 160)
    try:
        if data.startswith(NPY):
            return _read(io.BytesIO(data), name)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            arrays = [entry for entry in archive.namelist() if entry.endswith(".npy")]
            if len(arrays) != 1:
                names = ", ".join(printable(entry.removesuffix(".npy"), 40) for entry in arrays[:8])
                what = f"{len(arrays)} arrays ({names})" if arrays else "no array"
                raise RegionError(f"{name} holds {what}; save only the mask with numpy.save.")
            with archive.open(arrays[0]) as file:
                return _read(file, name)
    except _DAMAGE as error:
        reason = printable(str(error) or type(error).__name__, 120).rstrip(".")
        raise RegionError(f"{name} is damaged or not a NumPy array ({reason}); save it again.") from error


def _read(file: object, name: str) -> np.ndarray:
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, by_columns, dtype = header(file)
    if dtype.kind not in _KINDS:
        raise RegionError(
            f"{name} holds values of type {printable(dtype, 40)}; save a mask as bool, uint8 or floating point."
        )
    count = 1
    for side in shape:
        count *= side
    if not 0 < count <= MOST_PIXELS:
        raise RegionError(
            f"{name} claims the shape {printable(shape, 80)}; a mask has from 1 to {MOST_PIXELS:,} values."
        )
    data = file.read(count * dtype.itemsize)  # type: ignore[attr-defined]
    if len(data) != count * dtype.itemsize:
        raise RegionError(
            f"{name} is cut off: it holds {len(data):,} of {count * dtype.itemsize:,} bytes; save it again."
        )
    return np.frombuffer(data, dtype).reshape(shape, order="F" if by_columns else "C")

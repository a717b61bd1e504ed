"""``.npy`` and ``.npz`` bytes to arrays, sizes checked before memory is taken; arrays of objects, which are pickles, never."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from collections.abc import Container, Iterable
from math import prod

import numpy as np

from resefa.errors import DirectionsError

MAGIC = b"\x93NUMPY"
LARGEST_ARCHIVE = 2**28
"""Bytes once unpacked, all that is wanted together; components of a width of 512 have a few millions."""
_ODD = (ValueError, EOFError, OSError, MemoryError, OverflowError, SyntaxError, TypeError, KeyError, RecursionError)
_ODD_ARCHIVE = (*_ODD, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


def read_array(data: bytes, name: str) -> np.ndarray:
    """The array of ``.npy`` bytes.

    Raises:
        DirectionsError: damaged, or an array of objects.
    """
    try:
        source = io.BytesIO(data)
        version = np.lib.format.read_magic(source)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = header(source)
        if not dtype.hasobject and prod(shape) * dtype.itemsize > len(data) - source.tell():
            raise ValueError
        return np.load(io.BytesIO(data), allow_pickle=False)
    except (*_ODD, tokenize.TokenError) as error:
        raise DirectionsError(f"{name} is damaged, or an array of objects, which would run code: not read.") from error


def archive_names(data: bytes, name: str) -> list[str]:
    """The members of a zip archive.

    Raises:
        DirectionsError: damaged, or without any.
    """
    try:
        found = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except _ODD_ARCHIVE as error:
        raise DirectionsError(f"{name} is a damaged archive: get it anew.") from error
    if not found:
        raise DirectionsError(f"{name} is an empty archive: get it anew.")
    return found


def read_archive(data: bytes, name: str, wanted: Container[str] | None = None) -> dict[str, np.ndarray]:
    """The arrays of ``.npz`` bytes by key; only the wanted keys, where they are given.

    Raises:
        DirectionsError: damaged, larger than ``LARGEST_ARCHIVE`` once unpacked, or with arrays of objects.
    """
    found: dict[str, np.ndarray] = {}
    left = LARGEST_ARCHIVE
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                key = info.filename.removesuffix(".npy")
                if wanted is not None and key not in wanted:
                    continue
                with archive.open(info) as member:
                    content = member.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise DirectionsError(
                        f"{name} unpacks to more than {LARGEST_ARCHIVE:,} bytes: no directions are so many."
                    )
                found[key] = read_array(content, f"{key} in {name}")
    except _ODD_ARCHIVE as error:
        raise DirectionsError(f"{name} is a damaged archive: get it anew.") from error
    return found


def keys(names: Iterable[str]) -> set[str]:
    """The keys under which ``np.load`` would give the members."""
    return {name.removesuffix(".npy") for name in names}

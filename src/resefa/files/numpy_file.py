"""Reader of ``.npy`` and ``.npz`` files of numbers; headers are checked before memory is allocated.

Arrays of objects are pickles, which run code in other readers, and are refused.
"""

from __future__ import annotations

import io
import tokenize
import warnings
from collections.abc import Callable
from math import prod
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor

from resefa.errors import ResefaError, WeightsError, printable
from resefa.files.archive import entry_bytes, opened_archive

MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000
"""Length limit of a header in characters, the same as NumPy's."""
LONGEST_START = _LONGEST_HEADER + 100
_KINDS = "biufcU"
"""Types of elements: numbers, and text, which some tools add."""
_UNPACKED_FREE, _UNPACKED = 2**24, 16
"""Limits of an archive's unpacked size: bytes, and multiple of the packed size; measured numbers hardly compress."""
_ODD = (
    ValueError,
    EOFError,
    MemoryError,
    OverflowError,
    SyntaxError,
    TypeError,
    KeyError,
    RecursionError,
    tokenize.TokenError,
)


def read_npy(data: bytes, name: str, *, raises: type[ResefaError]) -> np.ndarray:
    """Array in ``.npy`` bytes, as a read-only view.

    Raises:
        ResefaError: of the class ``raises``: damaged, or an array of objects.
    """
    try:
        shape, fortran, dtype, place = _header(data)
        if dtype.hasobject:
            raise raises(
                f"{name} is an array of Python objects, which can run code when loaded, so it was not read; save an array of numbers."
            )
        if dtype.kind not in _KINDS or dtype.shape or any(length < 0 for length in shape):
            raise ValueError("its elements are not numbers")
        count = prod(shape)
        if count * dtype.itemsize > len(data) - place:
            raise ValueError("its size differs from its header")
        if not count:
            return np.empty(shape, dtype)
        return np.frombuffer(data, dtype, count, place).reshape(shape, order="F" if fortran else "C")
    except _ODD as error:
        raise raises(
            f"{name} is damaged or not a NumPy array ({_reason(error)}): save or download it again."
        ) from error


def pickle_start(start: bytes) -> int | None:
    """Position of the pickle in an ``.npy`` file of objects, for ``resefa.pickles``; None for other files."""
    try:
        _, _, dtype, place = _header(start)
    except _ODD:
        return None
    return place if dtype.hasobject and dtype.kind == "O" else None


def _header(data: bytes) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, order and dtype in a header of ``.npy`` bytes, and start of the content; raises one of ``_ODD`` if invalid."""
    source = io.BytesIO(data[:LONGEST_START])
    version = np.lib.format.read_magic(source)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # for headers from Python 2
        shape, fortran, dtype = header(source, max_header_size=_LONGEST_HEADER)
    return shape, fortran, dtype, source.tell()


def npz_keys(file: BinaryIO, name: str, *, raises: type[ResefaError]) -> list[str] | None:
    """Keys of the arrays in an archive, as in ``np.load``; None if the archive contains other files.

    Raises:
        ResefaError: of the class ``raises``: not a zip archive, damaged or empty.
    """
    try:
        with opened_archive(file, name) as archive:
            members = archive.namelist()
    except WeightsError as error:
        raise raises(error) from error
    if not members:
        raise raises(f"{name} is an empty archive: save or download it again.")
    return [one.removesuffix(".npy") for one in members] if all(one.endswith(".npy") for one in members) else None


def read_npz(
    file: BinaryIO,
    size: int,
    name: str,
    *,
    raises: type[ResefaError],
    wanted: Callable[[str], bool] | None = None,
    most: int = 0,
) -> dict[str, np.ndarray]:
    """Arrays of an ``.npz`` archive of ``size`` bytes, by key.

    Args:
        wanted: keys to read; others are skipped.
        most: unpacked bytes that are allowed for an archive of any size, since masks compress far better than measurements.

    Raises:
        ResefaError: of the class ``raises``: damaged, unpacks to far more than its size, or contains an array of objects.
    """
    found: dict[str, np.ndarray] = {}
    left = max(_UNPACKED_FREE + _UNPACKED * size, most)
    try:
        with opened_archive(file, name) as archive:
            for info in archive.infolist():
                key = info.filename.removesuffix(".npy")
                if wanted is not None and not wanted(key):
                    continue
                left -= info.file_size
                if left < 0:
                    raise raises(
                        f"{name} has {size:,} bytes but unpacks to {info.file_size:,} or more, so it was not read; save it without compression."
                    )
                data = entry_bytes(archive, info.filename, name)
                found[key] = read_npy(data, f"{printable(key, 40)} in {name}", raises=raises)
    except WeightsError as error:
        raise raises(error) from error
    return found


def numbers(value: Any) -> np.ndarray | None:
    """Array of integers or real floats from a tensor, array or number; None for any other value."""
    if isinstance(value, Tensor):
        if value.is_complex() or value.layout != torch.strided or value.is_quantized:
            return None
        value = value.detach().cpu()
        value = (value.float() if value.dtype.is_floating_point and value.dtype != torch.float64 else value).numpy()
    elif isinstance(value, bool):
        return None
    elif isinstance(value, int | float | np.number):
        value = np.asarray(value)
    return value if isinstance(value, np.ndarray) and value.dtype.kind in "fiu" else None


def _reason(error: BaseException) -> str:
    return printable(str(error).strip().split("\n")[0] or type(error).__name__, 100)

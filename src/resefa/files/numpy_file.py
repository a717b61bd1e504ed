"""``.npy`` and ``.npz`` files to arrays of numbers: what a header claims is checked before memory is taken.

Arrays of objects are pickles, which run code in other readers: they are refused.
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
"""Characters, NumPy's own limit."""
LONGEST_START = _LONGEST_HEADER + 100
_KINDS = "biufcU"
"""Types of elements: numbers, and text, which some tools keep beside them."""
_UNPACKED_FREE, _UNPACKED = 2**24, 16
"""An archive may unpack to this many bytes, and to this many times its own size; arrays of measured numbers hardly shrink."""
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
    """The array of ``.npy`` bytes; it reads them where they are and is not writable.

    Raises:
        ResefaError: of the class ``raises``: damaged, or an array of objects.
    """
    try:
        shape, fortran, dtype, place = _header(data)
        if dtype.hasobject:
            raise raises(f"{name} is an array of Python objects, which would run code when it is read: not read.")
        if dtype.kind not in _KINDS or dtype.shape or any(length < 0 for length in shape):
            raise ValueError("it has no numbers")
        count = prod(shape)
        if count * dtype.itemsize > len(data) - place:
            raise ValueError("its size is not what its header says")
        if not count:
            return np.empty(shape, dtype)
        return np.frombuffer(data, dtype, count, place).reshape(shape, order="F" if fortran else "C")
    except _ODD as error:
        raise raises(f"{name} is damaged or no NumPy array ({_reason(error)}): get it again.") from error


def pickle_start(start: bytes) -> int | None:
    """Where the pickle of an ``.npy`` file of objects begins, which is read by ``resefa.pickles`` alone; None where it has none."""
    try:
        _, _, dtype, place = _header(start)
    except _ODD:
        return None
    return place if dtype.hasobject and dtype.kind == "O" else None


def _header(data: bytes) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, order and type of ``.npy`` bytes, and where the content begins; one of ``_ODD`` where there is no header."""
    source = io.BytesIO(data[:LONGEST_START])
    version = np.lib.format.read_magic(source)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers that Python 2 wrote
        shape, fortran, dtype = header(source, max_header_size=_LONGEST_HEADER)
    return shape, fortran, dtype, source.tell()


def npz_keys(file: BinaryIO, name: str, *, raises: type[ResefaError]) -> list[str] | None:
    """The keys under which ``np.load`` would give the arrays of an archive; None where it holds other files too.

    Raises:
        ResefaError: of the class ``raises``: no zip archive, a damaged one, or an empty one.
    """
    try:
        with opened_archive(file, name) as archive:
            members = archive.namelist()
    except WeightsError as error:
        raise raises(str(error)) from error
    if not members:
        raise raises(f"{name} is an empty archive: get it again.")
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
    """The arrays of an ``.npz`` archive of ``size`` bytes, by key.

    Args:
        wanted: which keys to read; the others cost nothing.
        most: bytes to which the archive may unpack however small it is: masks compress far better than measurements.

    Raises:
        ResefaError: of the class ``raises``: damaged, unpacks to far more than its size, or holds an array of objects.
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
                        f"{name} has {size:,} bytes and unpacks to {info.file_size:,} or more, as no measured numbers do: not read."
                    )
                data = entry_bytes(archive, info.filename, name)
                found[key] = read_npy(data, f"{printable(key, 40)} in {name}", raises=raises)
    except WeightsError as error:
        raise raises(str(error)) from error
    return found


def numbers(value: Any) -> np.ndarray | None:
    """A tensor, array or number of a file as an array of integers or real floats; None where it is nothing of the kind."""
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

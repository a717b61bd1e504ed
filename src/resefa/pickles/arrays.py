"""NumPy arrays, scalars and dtypes, built from the contents of pickles."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from resefa.pickles.objects import Unbuilt

ARRAYS = frozenset({"numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"})
SCALARS = frozenset({"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"})
BUFFERS = frozenset({"numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer"})
_NUMBERS = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|c8|c16)")
_OTHERS = re.compile(r"[<>|=]?([USVa][0-9]{0,9}|[Mm]8(\[[0-9]*[a-zA-Z]+\])?|O8?)")
"""Types of text, dates, records and objects. Their arrays stay stand-ins; ``i,O``, which NumPy never pickles, is refused."""
_NO_NUMBERS = Unbuilt("numpy.dtype", (), None)


def dtype(args: tuple[Any, ...], state: Any) -> np.dtype | Unbuilt:
    """The dtype from the arguments of ``numpy.dtype`` and a state with the byte order; a stand-in for non-numeric types.

    Raises:
        ValueError: an unknown type.
    """
    text = args[0] if args else None
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    if not isinstance(text, str) or not _NUMBERS.fullmatch(text):
        if isinstance(text, str) and _OTHERS.fullmatch(text):
            return _NO_NUMBERS
        raise ValueError("it has an array whose elements are not numbers")
    found = np.dtype(text)
    order = state[1] if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "=", "|") else "="
    return found.newbyteorder(order) if order in "<>" else found


def array(state: Any) -> np.ndarray | Unbuilt:
    """Array from the state (version, shape, dtype, is_fortran, bytes) of ``ndarray.__setstate__``.

    The array is a read-only view of the file's bytes.

    Raises:
        ValueError: shape and bytes do not agree.
    """
    if not isinstance(state, tuple) or len(state) not in (4, 5):
        raise ValueError("it has an array without data")
    shape, kind, fortran, data = state[-4:]
    if kind is _NO_NUMBERS:  # an array of objects: a list of their data
        return Unbuilt("numpy.ndarray", (), data if isinstance(data, list) else None)
    return from_buffer(data, kind, shape, "F" if fortran else "C")


def from_buffer(data: Any, kind: Any, shape: Any, order: Any) -> np.ndarray | Unbuilt:
    """Array from bytes; ValueError if shape, type and bytes do not agree."""
    if isinstance(data, str):  # Python 2 pickled bytes as text
        data = data.encode("latin-1")
    if kind is _NO_NUMBERS:
        return Unbuilt("numpy.ndarray", (), None)
    sound = isinstance(shape, tuple) and len(shape) <= 32 and all(isinstance(n, int) and 0 <= n < 2**60 for n in shape)
    if not isinstance(kind, np.dtype) or not isinstance(data, (bytes, bytearray)) or not sound:
        raise ValueError("it has an array with an invalid shape, type or data")
    count = 1
    for length in shape:
        count *= length
    if count * kind.itemsize != len(data):
        raise ValueError(f"an array of shape {shape} needs {count * kind.itemsize} bytes, but {len(data)} are stored")
    if not data:
        return np.empty(shape, kind)
    return np.frombuffer(data, kind).reshape(shape, order="F" if order == "F" else "C")


def scalar(kind: Any, data: Any = None) -> float | int | bool | complex | Unbuilt:
    """Scalar from its dtype and bytes; ValueError if invalid."""
    if kind is _NO_NUMBERS:
        return Unbuilt("numpy.generic", (), None)
    array = from_buffer(data, kind, (1,), "C")
    assert isinstance(array, np.ndarray)  # of this kind, an array
    return array[0].item()

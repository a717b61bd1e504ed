"""All eigenvalues of a symmetric matrix on a thread of their own, while Python goes on.

SciPy's functions hold the interpreter's lock while LAPACK works. The pointers to LAPACK that ``scipy.linalg.cython_lapack``
publishes for other compilers, called through ctypes, do not. xSYEVD is LAPACK's (Anderson et al., LAPACK Users' Guide).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from scipy.linalg import cython_lapack
from torch import Tensor

_BLOCK = 64
"""Columns that xSYTRD reduces at a time, if it has the room."""


def spectrum_beside(matrix: Tensor) -> Callable[[], Tensor | None] | None:
    """Start on the eigenvalues of ``matrix``, (n, n) float64, symmetric, on the CPU; it is copied first.

    Returns:
        What waits for them and gives (n,), rising, or None if LAPACK gave up. None in its place where this SciPy has no
        such pointer with whole numbers of 32 bits.
    """
    function = _syevd()
    if function is None:
        return None
    n = len(matrix)
    content = np.array(matrix.numpy(), order="C")
    values, work, whole = np.empty(n), np.empty(max(2 * n + 1, n * (_BLOCK + 2))), np.zeros(1, np.int32)
    size, length, one, failed = (ctypes.c_int(number) for number in (n, len(work), 1, -1))

    def run() -> None:
        function(
            b"N", b"L", ctypes.byref(size), content.ctypes.data, ctypes.byref(size), values.ctypes.data,
            work.ctypes.data, ctypes.byref(length), whole.ctypes.data, ctypes.byref(one), ctypes.byref(failed),
        )  # fmt: skip

    thread = threading.Thread(target=run, name="resefa spectrum")
    thread.start()

    def wait() -> Tensor | None:
        thread.join()
        return None if failed.value else torch.from_numpy(values)

    return wait


@cache
def _syevd() -> Callable[..., None] | None:
    capsule = getattr(cython_lapack, "__pyx_capi__", {}).get("dsyevd")
    if capsule is None:
        return None
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.argtypes, name_of.restype = [ctypes.py_object], ctypes.c_char_p
    pointer_of.argtypes, pointer_of.restype = [ctypes.py_object, ctypes.c_char_p], ctypes.c_void_p
    name = name_of(capsule)
    # The name is the C signature: jobz, uplo, n, a, lda, w, work, lwork, iwork, liwork, info.
    kinds = [kind.split("_")[-1].strip(" *") for kind in name.decode().partition("(")[2].rstrip(")").split(",")]
    if kinds != ["char", "char", "int", "d", "int", "d", "d", "int", "int", "int", "int"]:
        return None
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(kinds))(pointer_of(capsule, name))

"""SciPy's BLAS kept to one thread for a while, since its threads and PyTorch's take each other's cores.

SciPy's wheels carry an OpenBLAS of their own, whose threads spin for some 30 ms after a call: PyTorch's next call then waits
for a core. For matrices of hundreds of rows one thread is nearly as quick, and nothing is left spinning.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable, Iterator
from functools import cache

from scipy.linalg import _flapack

_NAMES = ("scipy_openblas_{}_num_threads", "openblas_{}_num_threads", "scipy_openblas_{}_num_threads64_")

_lock = threading.RLock()


@contextlib.contextmanager
def one_blas_thread() -> Iterator[bool]:
    """Within the block SciPy's BLAS has one thread; True if that is so, False where it is another library than OpenBLAS.

    The setting is the process's: blocks of several threads wait for each other.
    """
    if (library := _library()) is None:
        yield False
        return
    get, put = library
    with _lock:
        before = get()
        put(1)
        try:
            yield True
        finally:
            put(before)


@cache
def _library() -> tuple[Callable[[], int], Callable[[int], None]] | None:
    """Getter and setter of the number of threads, found through SciPy's module that is linked with the library."""
    with contextlib.suppress(OSError, AttributeError):
        linked = ctypes.CDLL(_flapack.__file__)
        for name in _NAMES:
            with contextlib.suppress(AttributeError):
                get, put = getattr(linked, name.format("get")), getattr(linked, name.format("set"))
                get.argtypes, get.restype = [], ctypes.c_int
                put.argtypes, put.restype = [ctypes.c_int], None
                return get, put
    return None

"""SciPy's BLAS kept to one thread for a while, since its threads and PyTorch's take each other's cores.

SciPy's wheels carry an OpenBLAS of their own, whose threads spin for some 30 ms after a call: PyTorch's next call then waits
for a core. For matrices of hundreds of rows one thread is nearly as quick, and nothing is left spinning.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from functools import cache

import scipy.linalg  # noqa: F401  (a library is found once it is loaded)
from threadpoolctl import ThreadpoolController

_lock = threading.RLock()


@contextlib.contextmanager
def one_blas_thread() -> Iterator[bool]:
    """Within the block SciPy's OpenBLAS has one thread; True if that is so, False where SciPy has another library.

    The setting is the process's: blocks of several threads wait for each other.
    """
    libraries = _libraries()
    if not libraries.lib_controllers:
        yield False
        return
    with _lock, libraries.limit(limits=1):
        yield True


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController().select(internal_api="openblas")

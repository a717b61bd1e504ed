"""Limit of SciPy's BLAS to one thread, since its threads compete with PyTorch's for cores.

SciPy's wheels include a separate OpenBLAS, whose threads spin for about 30 ms after a call, so that PyTorch's next call waits
for a core. For matrices with hundreds of rows one thread is nearly as fast, and leaves no spinning threads.
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
    """Limit SciPy's OpenBLAS to one thread within the block; yields False if SciPy uses another library.

    The setting applies to the process: blocks of several threads wait for each other.
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

"""Keeps the memory of big buffers in the process while a block of heavy work runs.

The GNU C library gives every buffer above a threshold (at most 32 MiB by default) back to the system as soon as it is
freed, and asks for it anew: every page is then faulted in and cleared again. A network's feature maps are such buffers,
and each pass makes dozens of them of the same sizes. ``large_buffers_kept`` lets the C library keep and reuse them.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache

# <malloc.h>
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_MMAP_MAX = -1, -3, -4
# -1 becomes the largest size_t: nothing is mapped by itself, nothing given back.
_NEVER = -1
# Afterwards. Setting a threshold ends its automatic rise from 128 KiB, so that these are what it rises to.
_MMAP_THRESHOLD, _TRIM_THRESHOLD, _MMAP_MAX = 32 * 2**20, 64 * 2**20, 65536

_lock = threading.Lock()
_depth = 0


@contextlib.contextmanager
def large_buffers_kept() -> Iterator[None]:
    """Within the block freed memory stays with the process; afterwards what is free goes back to the system.

    Blocks may be nested and run in several threads: the last one to end restores. Elsewhere than under the GNU C library
    (musl, macOS, Windows) nothing happens. Buffers made by another thread than the main one gain nothing, since that
    library maps them one by one all the same.
    """
    global _depth
    with _lock:
        _depth += 1
        if _depth == 1:
            _keep()
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                _restore()


@cache
def _library() -> tuple[Callable[[int, int], int], Callable[[int], int]] | None:
    """``mallopt`` and ``malloc_trim`` of the GNU C library, or None where there is another."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(None)
        # Of that library only; musl has neither this nor a mallopt.
        library.gnu_get_libc_version  # noqa: B018
        mallopt, trim = library.mallopt, library.malloc_trim
    except (OSError, AttributeError):
        return None
    mallopt.argtypes, mallopt.restype = [ctypes.c_int, ctypes.c_int], ctypes.c_int
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return mallopt, trim


def _keep() -> None:
    if (library := _library()) is None:
        return
    mallopt, _ = library
    mallopt(_M_TRIM_THRESHOLD, _NEVER)
    if not mallopt(_M_MMAP_THRESHOLD, _NEVER):
        # Before 2.35 a threshold above 32 MiB is refused; no mappings at all is the same.
        mallopt(_M_MMAP_MAX, 0)


def _restore() -> None:
    if (library := _library()) is None:
        return
    mallopt, trim = library
    mallopt(_M_MMAP_THRESHOLD, _MMAP_THRESHOLD)
    mallopt(_M_TRIM_THRESHOLD, _TRIM_THRESHOLD)
    mallopt(_M_MMAP_MAX, _MMAP_MAX)
    trim(0)

"""Reuse of large buffers by the C library during heavy work.

The GNU C library returns every buffer above a threshold (at most 32 MiB by default) to the system when it is freed; a new
buffer then needs page faults and clearing. Feature maps of networks are large buffers, and each pass allocates dozens of
equal sizes. ``large_buffers_kept`` lets the C library keep and reuse them.
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
# -1 becomes the largest size_t: no separate mappings, and no memory returned to the system.
_NEVER = -1
# Values afterwards. Setting a threshold stops its automatic growth from 128 KiB, so these are the final values.
_MMAP_THRESHOLD, _TRIM_THRESHOLD, _MMAP_MAX = 32 * 2**20, 64 * 2**20, 65536

_lock = threading.Lock()
_depth = 0


@contextlib.contextmanager
def large_buffers_kept() -> Iterator[None]:
    """Keep freed memory in the process within the block; afterwards free memory returns to the system.

    Blocks may be nested and run in several threads: the end of the last block restores the settings. Without the GNU C
    library (musl, macOS, Windows) there is no effect. Buffers of threads other than the main thread do not benefit, since
    the library maps them separately.
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
    """``mallopt`` and ``malloc_trim`` of the GNU C library, or None for another C library."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(None)
        # Only that library has this function; musl has neither this nor mallopt.
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
        # Versions before 2.35 refuse a threshold above 32 MiB; disabling mappings has the same effect.
        mallopt(_M_MMAP_MAX, 0)


def _restore() -> None:
    if (library := _library()) is None:
        return
    mallopt, trim = library
    mallopt(_M_MMAP_THRESHOLD, _MMAP_THRESHOLD)
    mallopt(_M_TRIM_THRESHOLD, _TRIM_THRESHOLD)
    mallopt(_M_MMAP_MAX, _MMAP_MAX)
    trim(0)

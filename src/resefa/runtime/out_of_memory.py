"""Out-of-memory errors of any device: recognised, retried with smaller batches, and finally one ``OutOfMemoryError``.

All passes through a network, images and derivatives, use ``in_smaller_batches``.
"""

from __future__ import annotations

import contextlib
import errno
import gc
from collections.abc import Callable, Iterator, Sequence
from math import ceil

import torch
from torch import Tensor

from resefa.errors import OutOfMemoryError, parameter

_SAID = (
    "out of memory",  # CUDA, ROCm, XPU, MPS ("MPS backend out of memory")
    "can't allocate memory",  # PyTorch's allocator on a CPU
    "not enough memory",  # Windows, and JAX-like back ends
    "cannot allocate memory",  # the text of ENOMEM
    "alloc_failed",  # CUBLAS_STATUS_ALLOC_FAILED, CUDNN_..., CUSOLVER_..., CUSPARSE_...
    "alloc failed",
    "bad_alloc",
    "failed to allocate",
    "unable to allocate",  # NumPy
    "invalid buffer size",  # MPS: more than a buffer may hold
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that a device or the machine is out of memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if isinstance(error, RuntimeError):
        said = str(error).lower()
        return any(words in said for words in _SAID)
    return False


def in_smaller_batches(
    make: Callable[[Tensor], Tensor], rows: Tensor, most: int, *, what: str, fitted: Callable[[int], None] | None = None
) -> list[Tensor]:
    """Apply ``make`` to the rows, at most ``most`` at once; if memory runs out, the batch is halved, down to one row.

    Args:
        what: the result for one row, for the message: "image", "derivative".
        fitted: called with the batch size that fits, after a reduction.

    Raises:
        OutOfMemoryError: a single row does not fit.
    """
    made: list[Tensor] = []
    start, size = 0, max(1, most)
    while start < len(rows):
        block = rows[start : start + size]
        lacking = None
        try:
            made.append(make(block))
        except (RuntimeError, MemoryError, OSError) as error:
            if not is_out_of_memory(error):
                raise
            lacking = _first_line(error)
        # The failed pass is freed here, outside of the handler, whose traceback refers to its tensors.
        if lacking is None:
            start += len(block)
            continue
        _release(rows.device)
        if len(block) == 1:
            raise OutOfMemoryError(_sentence(f"a single {what}", rows.device, lacking))
        size = ceil(len(block) / 2)
        if fitted is not None:
            fitted(size)
    return made


@contextlib.contextmanager
def memory_errors_said(what: str, device: torch.device | None = None) -> Iterator[None]:
    """Within the block, out-of-memory errors become ``OutOfMemoryError`` with a message about ``what``."""
    lacking = None
    try:
        yield
    except (RuntimeError, MemoryError, OSError) as error:
        if not is_out_of_memory(error):
            raise
        lacking = _first_line(error)
    if lacking is not None:
        place = device or torch.device("cpu")
        _release(place)
        raise OutOfMemoryError(_sentence(what, place, lacking))


def out_of_memory_sentence(error: BaseException) -> str:
    """Message for an out-of-memory error that no other handler caught."""
    return _sentence("this", None, _first_line(error))


def check_batch(batch: object) -> int | None:
    """Most images or derivatives in one pass, or None.

    Raises:
        UsageError: not a whole number above 0.
    """
    from resefa.errors import UsageError, parameter

    if batch is None:
        return None
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise UsageError(f"{parameter('batch', batch)} is not a batch size; give a whole number of 1 or more.")
    return batch


def _sentence(what: str, device: torch.device | None, lacking: str) -> str:
    where = "" if device is None else f" on {device}"
    return (
        f"There is not enough memory{where} for {what} ({lacking}). Close other programs, use a machine with more memory, or "
        f"reduce the number of images, {parameter('batch')}, {parameter('memory')} or {parameter('analysis_resolution')}."
    )


def _first_line(error: BaseException) -> str:
    """Relevant line of the library's error, without the traceback of a TorchScript program."""
    lines: Sequence[str] = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in lines if any(words in line.lower() for words in _SAID)), lines[0] if lines else "")
    return told[:160].rstrip(".: ") or type(error).__name__


def _release(device: torch.device) -> None:
    """Free the memory of a failed pass."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()

"""Memory that runs out: recognised whatever the device says, tried again with less at once, and at last said in one sentence.

Everything that goes through a network, images and derivatives alike, goes through ``in_smaller_batches``.
"""

from __future__ import annotations

import contextlib
import errno
import gc
from collections.abc import Callable, Iterator, Sequence
from math import ceil

import torch
from torch import Tensor

from resefa.errors import OutOfMemoryError

_SAID = (
    "out of memory",  # CUDA, ROCm, XPU, MPS ("MPS backend out of memory")
    "can't allocate memory",  # PyTorch's allocator on a CPU
    "not enough memory",  # the same under Windows, and JAX-like back ends
    "cannot allocate memory",  # ENOMEM in words
    "alloc_failed",  # CUBLAS_STATUS_ALLOC_FAILED, CUDNN_..., CUSOLVER_..., CUSPARSE_...
    "alloc failed",
    "bad_alloc",
    "failed to allocate",
    "unable to allocate",  # NumPy
    "invalid buffer size",  # MPS: more than a buffer may hold
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or what it was raised from, says that a device or the machine has no memory left."""
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
    """``make`` of the rows, at most ``most`` at once; where memory runs out, of half as many, down to one.

    Args:
        what: one of what is made, for the sentence: "image", "derivative".
        fitted: called with how many rows at once did fit, after they had to be fewer.

    Raises:
        OutOfMemoryError: not even one row fits.
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
        # The failed pass is let go of here, outside of the handler, whose traceback holds its tensors.
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
    """Within the block memory that runs out is an ``OutOfMemoryError`` with a sentence; ``what`` was being made."""
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
    """One sentence for an error that nobody nearer could mend."""
    return _sentence("this", None, _first_line(error))


def check_batch(batch: object) -> int | None:
    """How many images or derivatives may go through a network at once, or None.

    Raises:
        UsageError: it is no whole number above 0.
    """
    from resefa.errors import UsageError

    if batch is None:
        return None
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise UsageError(f"batch = {batch!r}: give a whole number of images at once, 1 or more.")
    return batch


def _sentence(what: str, device: torch.device | None, lacking: str) -> str:
    where = "" if device is None else f" on {device}"
    return (
        f"There is not enough memory{where} for {what} ({lacking}): close other programs, use a machine with more, or ask for "
        "less: fewer images, a smaller --batch (batch), --memory (memory) or --analysis-resolution."
    )


def _first_line(error: BaseException) -> str:
    """What the library said: its last words where a program's traceback is in front of them."""
    lines: Sequence[str] = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in lines if any(words in line.lower() for words in _SAID)), lines[0] if lines else "")
    return told[:160].rstrip(".: ") or type(error).__name__


def _release(device: torch.device) -> None:
    """Give back what a failed pass still holds."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()

"""Derivatives in full float32 on NVIDIA GPUs.

cuDNN computes float32 convolutions in TF32 by default: products of numbers with 10 bits of mantissa, as float16 has, which leaves
errors of about 1e-3 in a Jacobian. Images bear that; the small eigenvalues of a Gram matrix do not.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import torch

_lock = threading.Lock()
_depth = 0
_before: list[tuple[Any, str, Any]] = []


@contextlib.contextmanager
def no_tf32() -> Iterator[None]:
    """Turn TF32 off in cuDNN and cuBLAS within the block, and restore the caller's settings after it.

    Blocks may be nested and run in several threads: the last one to end restores. Other devices are not affected.
    """
    global _depth
    with _lock:
        _depth += 1
        if _depth == 1:
            _turn_off()
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                _restore()


def _turn_off() -> None:
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    try:
        _before[:] = [(each, "allow_tf32", each.allow_tf32) for each in (cudnn, matmul)]
        off: Any = False
    except RuntimeError:
        # The caller uses the settings that torch has had since 2.9, and torch refuses to read the older ones beside them.
        settings: tuple[Any, ...] = (cudnn.conv, matmul)
        _before[:] = [(each, "fp32_precision", each.fp32_precision) for each in settings]
        off = "ieee"
    for owner, name, _ in _before:
        setattr(owner, name, off)


def _restore() -> None:
    for owner, name, value in _before:
        setattr(owner, name, value)

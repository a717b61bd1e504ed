"""Arrays of one value per pixel, given in memory: accepting them, and what stands for their contents."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from resefa.errors import RegionError


def as_array(source: Any, what: str) -> np.ndarray:
    """A numpy array from an array or tensor with two axes; ``what`` names it in the sentence.

    Raises:
        RegionError: it is neither an array nor a tensor, has other axes, or is empty.
    """
    if isinstance(source, Tensor):
        source = source.detach().cpu()
        source = (source.double() if source.is_floating_point() else source).numpy()
    if not isinstance(source, np.ndarray):
        raise RegionError(f"{what} came as {type(source).__name__}: expected an array, a tensor or a file's path.")
    if source.ndim != 2 or source.size == 0:
        raise RegionError(f"{what} came with shape {source.shape}: expected (height, width), one value per pixel.")
    return source


def fingerprint(values: np.ndarray) -> str:
    """SHA-256 of an array's type, shape and values, in hexadecimal: equal for equal contents."""
    digest = hashlib.sha256(f"{values.dtype.str}{values.shape}".encode())
    digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def short_form(shape: Sequence[int], digest: str) -> str:
    """Height x width and the fingerprint's first digits, for people: ``64x64 sha256:ab12cd34``."""
    return f"{shape[0]}x{shape[1]} sha256:{digest[:8]}"

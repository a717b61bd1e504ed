"""Arrays of one value per pixel: accepting them, and what stands for their contents."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from resefa.errors import RegionError

_STRIP = 1024


def as_array(source: Any, what: str) -> np.ndarray:
    """An (h, w) numpy array from an array or tensor with two axes, further axes of length 1 aside; ``what`` names it in sentences.

    Raises:
        RegionError: it is neither an array nor a tensor, has other axes, or is empty.
    """
    if isinstance(source, Tensor):
        source = source.detach().cpu()
        source = (source.double() if source.is_floating_point() else source).numpy()
    if not isinstance(source, np.ndarray):
        raise RegionError(
            f"{what} is of type {type(source).__name__}; give an array or tensor (height, width), a picture or a file's path."
        )
    found = source
    while found.ndim > 2 and found.shape[0] == 1:
        found = found[0]
    if found.ndim == 3 and found.shape[2] == 1:
        found = found[..., 0]
    if found.ndim != 2 or found.size == 0:
        raise RegionError(f"{what} has the shape {source.shape}; {_mend(found)}.")
    return found


def _mend(found: np.ndarray) -> str:
    if found.ndim == 3 and found.shape[0] > 1 and found.shape[2] > 4:
        return f"these are {found.shape[0]} masks, so give the one you mean, as in masks[0], or their union"
    if found.ndim == 3 and found.shape[2] in (3, 4):
        return "a picture in colours is no mask, so give one value per pixel (height, width)"
    return "give one value per pixel (height, width)"


def fingerprint(values: np.ndarray, dtype: type | None = None) -> str:
    """SHA-256 of an array's type, shape and values, in hexadecimal: equal for equal contents. ``dtype``: read as these."""
    kind = np.dtype(dtype or values.dtype)
    digest = hashlib.sha256(f"{kind.str}{values.shape}".encode())
    for start in range(0, len(values), _STRIP):
        digest.update(np.ascontiguousarray(values[start : start + _STRIP], kind).data)
    return digest.hexdigest()


def short_form(shape: Sequence[int], digest: str) -> str:
    """Height x width and the fingerprint's first digits, for people: ``64x64 sha256:ab12cd34``."""
    return f"{shape[0]}x{shape[1]} sha256:{digest[:8]}"

"""torch storages and tensors as views of a file's bytes, without copies."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

DTYPES: dict[str, torch.dtype] = {
    "DoubleStorage": torch.float64, "FloatStorage": torch.float32, "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16, "LongStorage": torch.int64, "IntStorage": torch.int32,
    "ShortStorage": torch.int16, "CharStorage": torch.int8, "ByteStorage": torch.uint8, "BoolStorage": torch.bool,
    "UntypedStorage": torch.uint8, "ComplexFloatStorage": torch.complex64, "ComplexDoubleStorage": torch.complex128,
}  # fmt: skip
STORAGE_NAMES = frozenset(f"{module}.{name}" for name in DTYPES for module in ("torch", "torch.cuda", "torch.storage"))
"""Globals that name the type of a storage."""


@dataclass(frozen=True, eq=False)
class Storage:
    """A torch storage: ``count`` numbers of ``dtype`` in ``data`` (little-endian)."""

    data: bytes | memoryview
    dtype: torch.dtype

    def __post_init__(self) -> None:
        if sys.byteorder != "little":
            raise ValueError("torch files can only be read on little-endian machines")

    @property
    def count(self) -> int:
        return len(self.data) // self.dtype.itemsize


def dtype_of(storage_name: str) -> torch.dtype:
    """The dtype of a storage type: ``torch.FloatStorage`` -> float32."""
    return DTYPES[storage_name.rsplit(".", 1)[-1]]


def tensor_on(storage: Storage, offset: Any, size: Any, stride: Any, dtype: torch.dtype | None = None) -> Tensor:
    """Tensor on a storage, like ``torch._utils._rebuild_tensor_v2``, checked to lie within the storage.

    The tensor is a view of the file's bytes and must not be written to.

    Raises:
        ValueError: the tensor reaches beyond its storage, or is larger than the storage.
    """
    size, stride = _whole(size), _whole(stride)
    if len(size) != len(stride) or len(size) > 16 or not isinstance(offset, int) or offset < 0:
        raise ValueError("a tensor of invalid shape")
    dtype = dtype or storage.dtype
    count = len(storage.data) // dtype.itemsize
    numel = 1
    for length in size:
        numel *= length
    if numel == 0:
        return torch.empty(size, dtype=dtype)
    end = offset + sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    if numel > count or end >= count:
        raise ValueError(f"a tensor of {numel} numbers in a storage of {count}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the warning "not writable" does not matter: nobody writes
        flat = torch.frombuffer(storage.data, dtype=dtype, count=count)
    return flat.as_strided(size, stride, offset)


def _whole(values: Any) -> list[int]:
    values = list(values) if isinstance(values, (list, tuple)) else None
    if values is None or not all(isinstance(value, int) and 0 <= value < 2**60 for value in values):
        raise ValueError("a tensor of invalid shape")
    return values

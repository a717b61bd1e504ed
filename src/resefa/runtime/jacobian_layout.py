"""Layout and header of the file of a Jacobian's columns."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import msgspec
import torch

FORWARD, DUAL, DOUBLE_BACKWARD = "forward mode", "forward mode, primal repeated", "reverse mode, twice"
MODES = (FORWARD, DUAL, DOUBLE_BACKWARD)
"""Modes of differentiation (``jacobian/operator.py``)."""
HEADER = 2048
"""Bytes of the header: some hundred characters, padded with spaces as the format allows."""
SUM, SEAL = 4, 32
"""Bytes of a column's checksum, and of the digest over header and checksums."""
_NAMES = {torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64"}
_TYPES = {name: dtype for dtype, name in _NAMES.items()}


class _Facts(msgspec.Struct):
    key: str
    image_shape: str
    mode: str
    chunk: str
    environment: str


class _Part(msgspec.Struct):
    dtype: str
    shape: list[int]


class _Header(msgspec.Struct):
    facts: _Facts = msgspec.field(name="__metadata__")
    rows: _Part
    image: _Part
    product: _Part


@dataclass(frozen=True)
class Layout:
    """Layout of the file.

    Attributes:
        key: name of the file.
        n: columns.
        image_shape: (c, h, w).
        stored: dtype of the columns.
        probed: dtype of the probe.
        product: number of values of its product.
        environment: environment of the computation.
        mode, chunk: mode of differentiation, and columns per pass, which affect the last bits.
    """

    key: str
    n: int
    image_shape: tuple[int, int, int]
    stored: torch.dtype
    probed: torch.dtype
    product: int
    environment: str
    mode: str = ""
    chunk: int = 0

    @property
    def m(self) -> int:
        return math.prod(self.image_shape)

    @property
    def column(self) -> int:
        """Size of one column in bytes."""
        return self.m * self.stored.itemsize

    def parts(self) -> dict[str, tuple[str, list[int], int]]:
        """Parts of the file in their order: name -> type, shape and size in bytes."""
        probed, one = _NAMES[self.probed], self.probed.itemsize
        return {
            "rows": (_NAMES[self.stored], [self.n, self.m], self.n * self.column),
            "image": (probed, [self.m], self.m * one),
            "product": (probed, [self.product], self.product * one),
            "sums": ("U8", [SUM * (self.n + 2)], SUM * (self.n + 2)),
            "seal": ("U8", [SEAL], SEAL),
        }

    def place(self, name: str) -> int:
        """Position of a part in the file, in bytes."""
        place = HEADER
        for part, (_, _, size) in self.parts().items():
            if part == name:
                break
            place += size
        return place

    @property
    def size(self) -> int:
        """Size of the whole file in bytes."""
        return self.place("")

    def header(self) -> bytes:
        """The header: the first ``HEADER`` bytes of the file."""
        facts = {
            "key": self.key, "image_shape": json.dumps(list(self.image_shape)), "mode": self.mode, "chunk": str(self.chunk),
            "environment": self.environment,
        }  # fmt: skip
        tensors = {}
        for name, (dtype, shape, size) in self.parts().items():
            start = self.place(name) - HEADER
            tensors[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, start + size]}
        text = json.dumps({"__metadata__": facts, **tensors}).encode().ljust(HEADER - 8)
        return len(text).to_bytes(8, "little") + text

    @classmethod
    def of(cls, header: bytes) -> Layout | None:
        """Layout from a header; None if it is damaged or belongs to a different kind of file."""
        try:
            read = msgspec.json.decode(header[8:], type=_Header)
            shape = msgspec.json.decode(read.facts.image_shape, type=tuple[int, int, int])
            n, (size,) = read.rows.shape[0], read.product.shape
            found = cls(
                read.facts.key, n, shape, _TYPES[read.rows.dtype], _TYPES[read.image.dtype], size, read.facts.environment,
                read.facts.mode, int(read.facts.chunk),
            )  # fmt: skip
            sound = n > 0 and min(shape) > 0 and size >= 0 and found.chunk > 0 and found.mode in MODES
            return found if sound and found.header() == header else None
        except (msgspec.MsgspecError, ValueError, KeyError, IndexError, RecursionError, OverflowError):
            return None

"""Tagged safetensors files: equal contents give equal bytes, and the header is checked before tensors are read.

The layout is that of huggingface/safetensors: eight bytes with the length of the header, a JSON object, the tensors' bytes.
That library writes metadata in random order, so that equal contents can give different files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import torch
from torch import Tensor

from resefa.errors import ResefaError, printable
from resefa.files.input_file import opened_input, user_path
from resefa.files.schema import decode

LONGEST_HEADER = 2**23
_REAL = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_DTYPES = {**_REAL, "I64": torch.int64}
"""Accepted types of real numbers and of counts."""
_WRITTEN = {
    **_DTYPES,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
"""Accepted types in files that also contain networks' weights."""
_METADATA = "__metadata__"


@dataclass(frozen=True)
class Format:
    """A kind of file of this project.

    Attributes:
        name: ``resefa.directions``, in the metadata under ``format``.
        version: the newest that is read, and the one written, under ``format_version``.
        contents: for messages: ``directions``.
    """

    name: str
    version: int
    contents: str

    def metadata(self, **facts: str) -> dict[str, str]:
        """The metadata of a file to write."""
        return {"format": self.name, "format_version": str(self.version), **facts}

    def version_of(self, metadata: Mapping[str, str], name: str, *, raises: type[ResefaError]) -> int:
        """The version of a file of this format.

        Args:
            name: the file's, for messages.

        Raises:
            ResefaError: of the class ``raises``: a newer version, or none.
        """
        version = metadata.get("format_version", "")
        if version.isascii() and version.isdecimal() and len(version) < 10 and 0 < int(version) <= self.version:
            return int(version)
        raise raises(
            f"{name} has version {printable(version, 20) or 'none'} of the format {self.name}, but this resefa reads up to version "
            f"{self.version}; update resefa."
        )

    def expect(self, metadata: Mapping[str, str], name: str, *, raises: type[ResefaError]) -> int:
        """Version of the file; raises an error for a different format or a newer version."""
        if (found := metadata.get("format", "")) != self.name:
            said = f" (format {printable(found, 40)})" if found else ""
            raise raises(
                f"{name} is a safetensors file of a different kind{said}; expected {self.contents} ({self.name})."
            )
        return self.version_of(metadata, name, raises=raises)


class Entry(msgspec.Struct, frozen=True):
    """Entry of one tensor in a header.

    Attributes:
        dtype: safetensors' name of the type, ``F32``.
        data_offsets: begin and end of its bytes after the header.
    """

    dtype: str
    shape: list[Annotated[int, msgspec.Meta(ge=0, le=2**40)]]
    data_offsets: tuple[int, int]


class Header(msgspec.Struct, frozen=True):
    """Header of a file: tensors by name, metadata, and position of the tensors' bytes."""

    entries: dict[str, Entry]
    metadata: dict[str, str]
    start: int


def to_bytes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """Serialise tensors and metadata; equal contents give equal bytes."""
    names = {dtype: name for name, dtype in _WRITTEN.items()}
    # Wide types first, so that each tensor begins at a multiple of its width.
    order = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    header: dict[str, object] = {_METADATA: dict(sorted(metadata.items()))}
    parts, place = [], 0
    for name in order:
        value = tensors[name].detach().cpu().contiguous()
        data = value.reshape(-1).view(torch.uint8).numpy().tobytes() if value.numel() else b""
        header[name] = {
            "dtype": names[value.dtype],
            "shape": list(value.shape),
            "data_offsets": [place, place + len(data)],
        }
        parts.append(data)
        place += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def load_tensors(
    path: str | Path, largest: int, *, raises: type[ResefaError]
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Every tensor of a file of at most ``largest`` bytes, and the metadata.

    Raises:
        ResefaError: of the class ``raises``: missing, larger, damaged, or with tensors other than real numbers.
    """
    with opened_input(path, largest, raises=raises) as (file, size):
        name = user_path(path).name
        header = read_header(file, size, name, raises=raises)
        return read_tensors(file, header, list(header.entries), name, raises=raises), header.metadata


def begins_as_tensor_file(start: bytes, size: int) -> bool:
    """Whether a file of ``size`` bytes with these first bytes may be a safetensors file."""
    return start[8:9] == b"{" and 2 <= int.from_bytes(start[:8], "little") <= size - 8


def read_header(file: BinaryIO, size: int, name: str, *, raises: type[ResefaError]) -> Header:
    """Header of a file of ``size`` bytes, whose tensors are checked to fill the file without overlap or gap.

    Raises:
        ResefaError: of the class ``raises``: damaged, or not a safetensors file.
    """
    file.seek(0)
    start = file.read(9)
    length = int.from_bytes(start[:8], "little")
    if not begins_as_tensor_file(start, size):
        raise raises(f"{name} is damaged or not a safetensors file: save or download it again.")
    if length > LONGEST_HEADER:
        raise raises(f"{name} has a header of {length:,} bytes; the limit is {LONGEST_HEADER:,}.")
    parts = decode(start[8:] + file.read(length - 1), dict[str, msgspec.Raw], f"The header of {name}", raises=raises)
    metadata = decode(bytes(parts.pop(_METADATA, b"{}")), dict[str, str], f"The metadata of {name}", raises=raises)
    if len(parts) > 100_000:
        raise raises(f"{name} lists {len(parts):,} tensors, too many for a file of this kind.")
    entries = {
        key: decode(bytes(part), Entry, f"The tensor {printable(key, 40)} of {name}", raises=raises)
        for key, part in parts.items()
    }
    end = 0
    for begin, stop in sorted(entry.data_offsets for entry in entries.values()):
        if begin != end or stop < begin:
            raise raises(f"{name} is damaged (its tensors overlap or leave gaps): save or download it again.")
        end = stop
    if end != size - 8 - length:
        raise raises(
            f"{name} is damaged (its header lists {end:,} bytes, but {size - 8 - length:,} follow): save or download it again."
        )
    return Header(entries, metadata, 8 + length)


def read_tensors(
    file: BinaryIO, header: Header, names: list[str], name: str, *, raises: type[ResefaError], counts: bool = False
) -> dict[str, Tensor]:
    """Tensors of a file with a checked header.

    Args:
        counts: whether 64-bit integers are accepted too.

    Raises:
        ResefaError: of the class ``raises``: a tensor is not of real numbers, or its size does not fit its shape.
    """
    found = {}
    for key in names:
        entry = header.entries[key]
        begin, stop = entry.data_offsets
        known = _DTYPES if counts else _REAL
        if (dtype := known.get(entry.dtype)) is None:
            raise raises(
                f"The tensor {key} in {name} has type {printable(entry.dtype, 20)}; expected one of {', '.join(known)}."
            )
        if len(entry.shape) > 8 or prod(entry.shape) * dtype.itemsize != stop - begin:
            raise raises(
                f"The tensor {key} in {name} has shape {printable(entry.shape)} but {stop - begin:,} bytes: save or download it again."
            )
        file.seek(header.start + begin)
        data = bytearray(file.read(stop - begin))
        if len(data) != stop - begin:
            raise raises(f"{name} ends within the tensor {key}: save or download it again.")
        found[key] = (torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)).reshape(entry.shape)
    return found

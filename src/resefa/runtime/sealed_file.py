"""Cache files: tensors with facts in a safetensors file that is read only if it is complete and undamaged.

The metadata has one entry, a JSON object of all facts, so that equal contents are equal bytes, with a BLAKE2b digest over
them and the CRC-32 of each tensor: damage is detected at the speed of a read. That is no protection against forgery, and none
is needed: nothing in these files runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
import torch
from torch import Tensor

from resefa.errors import ResefaError
from resefa.files import tensor_file
from resefa.files.output_file import write_bytes
from resefa.runtime.image_probe import Probe, as_bytes

_ENTRY = "facts"
_DAMAGED = (
    ResefaError,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    RecursionError,
    OverflowError,
    msgspec.MsgspecError,
)


class _Sealed(msgspec.Struct):
    kind: str
    environment: str
    facts: str
    sums: dict[str, int]
    seal: str


def write_sealed(
    path: str | Path, kind: str, tensors: Mapping[str, Tensor], facts: object, probe: Probe, *, rescue: bool = False
) -> None:
    """Write tensors, facts (JSON values) and the probe of their images; ``rescue`` as in ``write_bytes``.

    Raises:
        OutputError: the file cannot be written.
    """
    every = {**tensors, "probe image": probe.image, "probe product": probe.product}
    found = {name: value.detach().cpu().contiguous() for name, value in every.items()}
    text = json.dumps(facts)
    entry = _Sealed(kind, probe.environment, text, {name: _sum(value) for name, value in found.items()}, "")
    entry.seal = _seal(entry)
    write_bytes(path, tensor_file.to_bytes(found, {_ENTRY: msgspec.json.encode(entry).decode()}), rescue=rescue)


def read_sealed(path: str | Path, kind: str) -> tuple[dict[str, Tensor], str, Probe] | None:
    """Tensors, JSON of the facts, and the probe; None if the file is missing, damaged or of a different kind."""
    try:
        if not Path(path).is_file():  # a pipe would block
            return None
        with open(path, "rb") as file:
            header = tensor_file.read_header(file, os.fstat(file.fileno()).st_size, str(path), raises=ResefaError)
            entry = msgspec.json.decode(header.metadata[_ENTRY], type=_Sealed)
            if entry.kind != kind or entry.seal != _seal(entry) or set(entry.sums) != set(header.entries):
                return None
            tensors = tensor_file.read_tensors(file, header, list(entry.sums), str(path), raises=ResefaError)
        if any(_sum(value) != entry.sums[name] for name, value in tensors.items()):
            return None
        probe = Probe(tensors.pop("probe image"), tensors.pop("probe product"), entry.environment)
    except _DAMAGED:
        return None
    return tensors, entry.facts, probe


def _sum(value: Tensor) -> int:
    return zlib.crc32(as_bytes(value), zlib.crc32(f"{value.dtype} {tuple(value.shape)}".encode()))


def _seal(entry: _Sealed) -> str:
    said = json.dumps([entry.kind, entry.environment, entry.facts, sorted(entry.sums.items())])
    return hashlib.blake2b(said.encode(), digest_size=32).hexdigest()


def values_of(tensor: Tensor, shape: tuple[int, ...], dtype: torch.dtype) -> bool:
    """Whether a tensor from a file is finite and has the given shape and dtype."""
    return tensor.shape == shape and tensor.dtype == dtype and bool(torch.isfinite(tensor).all())

"""The directions file: one safetensors file, laid out as docs/directions_format.md specifies. Runs no code to read."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any, BinaryIO

import torch
from torch import Tensor

from resefa.directions.directions import Directions
from resefa.directions.provenance import Provenance
from resefa.errors import DirectionsError, printable
from resefa.files import tensor_file
from resefa.files.schema import decode
from resefa.latents.code_file import FORMAT as CODES_FORMAT

FORMAT = "resefa.directions"
FORMAT_VERSION = 1
ENDING = ".safetensors"
FLOAT32 = ("vectors", "codes", "edit", "protect")
FLOAT64 = ("eigenvalues", "residuals", "inside_rate", "outside_rate")
_WEIGHTS = (".weight", ".bias", "_weight", "_bias")


def to_bytes(directions: Directions) -> bytes:
    """The file's bytes: tensors by name, and ``__metadata__`` with ``format``, ``format_version``, ``provenance``.

    Equal directions give equal bytes.
    """
    tensors: dict[str, Tensor] = {}
    for names, dtype in ((FLOAT32, torch.float32), (FLOAT64, torch.float64)):
        for name in names:
            value = getattr(directions, name)
            if value is not None:
                tensors[name] = value.detach().to("cpu", dtype)
    metadata = {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "provenance": _written(directions.provenance),
    }
    return tensor_file.to_bytes(tensors, metadata)


def read(file: BinaryIO, size: int, name: str) -> Directions:
    """Read what ``to_bytes`` wrote, from an open file of ``size`` bytes; ``name`` is the file's, for messages.

    Raises:
        DirectionsError: not a safetensors file, another format, a newer version, or missing or odd tensors.
    """
    header = tensor_file.read_header(file, size, name, raises=DirectionsError)
    kind = header.metadata.get("format")
    if kind == CODES_FORMAT:
        raise DirectionsError(f"{name} holds codes, not directions: give it with --code to discover, edit or sample.")
    if kind != FORMAT:
        raise DirectionsError(_another_kind(header, name))
    version = header.metadata.get("format_version", "")
    if not (version.isascii() and version.isdecimal() and len(version) < 10 and int(version) <= FORMAT_VERSION):
        raise DirectionsError(
            f"{name} has layout version {printable(version, 20)}, and this resefa reads up to {FORMAT_VERSION}: update resefa."
        )
    if "vectors" not in header.entries:
        raise DirectionsError(f"{name} has no tensor 'vectors': it is incomplete, make it again.")
    unknown = sorted(set(header.entries) - {*FLOAT32, *FLOAT64})
    if unknown:
        raise DirectionsError(
            f"{name} has tensors that this layout does not know: {', '.join(printable(key, 40) for key in unknown[:5])}."
        )
    # A later minor version may add facts: those are passed over, the tensors are what counts.
    provenance = decode(
        header.metadata.get("provenance", "{}"), Provenance, f"The provenance of {name}", raises=DirectionsError
    )
    tensors = tensor_file.read_tensors(file, header, list(header.entries), name, raises=DirectionsError)
    try:
        return Directions(**tensors, provenance=provenance)
    except DirectionsError as error:
        raise DirectionsError(f"{name}: {error}") from error


def _written(provenance: Provenance) -> str:
    """As JSON, which has neither NaN nor halves of characters; checked, so that nothing is written that cannot be read."""
    text = json.dumps({key: _plain(value) for key, value in asdict(provenance).items()}, sort_keys=True)
    decode(
        text, Provenance, "The provenance of these directions", raises=DirectionsError, remedy="mend it before saving"
    )
    return text


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value


def _another_kind(header: tensor_file.Header, name: str) -> str:
    kind = header.metadata.get("format") or header.metadata.get("kind") or ""
    if kind == "resefa.checkpoint" or any(key.endswith(_WEIGHTS) for key in header.entries):
        return (
            f"{name} is a checkpoint, not a directions file: look at it with `resefa inspect`, or give it as the model."
        )
    said = f" ({printable(kind, 40)})" if kind else ""
    return f"{name} is a safetensors file of something else{said}; expected the format {FORMAT}, as resefa discover writes."

"""The directions file: one safetensors file, laid out as docs/directions_format.md specifies. Runs no code to read."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors import deserialize as read_header
from safetensors.torch import load, save
from torch import Tensor

from resefa.directions.directions import Directions, Provenance
from resefa.errors import DirectionsError

FORMAT = "resefa.directions"
FORMAT_VERSION = 1
FLOAT32 = ("vectors", "codes", "edit", "protect")
FLOAT64 = ("eigenvalues", "residuals", "inside_rate", "outside_rate")


def to_bytes(directions: Directions) -> bytes:
    """The file's bytes: tensors by name, and ``__metadata__`` with ``format``, ``format_version``, ``provenance``."""
    tensors: dict[str, Tensor] = {}
    for names, dtype in ((FLOAT32, torch.float32), (FLOAT64, torch.float64)):
        for name in names:
            value = getattr(directions, name)
            if value is not None:
                tensors[name] = value.detach().to("cpu", dtype).contiguous()
    metadata = {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "provenance": json.dumps(asdict(directions.provenance), sort_keys=True),
    }
    return save(tensors, metadata)


def from_bytes(data: bytes, name: str) -> Directions:
    """Read what ``to_bytes`` wrote; ``name`` is the file's, for messages.

    Raises:
        DirectionsError: not a safetensors file, another format, a newer version, or missing or odd tensors.
    """
    try:
        read_header(data)
        tensors = load(data)
        metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")]).get("__metadata__") or {}
    except (SafetensorError, ValueError, OverflowError, RuntimeError, KeyError) as error:
        raise DirectionsError(
            f"{name} is damaged or no safetensors file ({_first_line(error)}): make it anew."
        ) from error
    if metadata.get("format") != FORMAT:
        raise DirectionsError(
            f"{name} is a safetensors file of something else (format {metadata.get('format')!r}): expected {FORMAT!r}, "
            "as resefa discover writes."
        )
    version = metadata.get("format_version", "")
    if not version.isdigit() or int(version) > FORMAT_VERSION:
        raise DirectionsError(
            f"{name} has layout version {version!r}, and this resefa reads up to {FORMAT_VERSION}: update resefa."
        )
    if "vectors" not in tensors:
        raise DirectionsError(f"{name} has no tensor 'vectors': it is incomplete, make it anew.")
    unknown = sorted(set(tensors) - {*FLOAT32, *FLOAT64})
    if unknown:
        raise DirectionsError(f"{name} has tensors that this layout does not know: {', '.join(unknown[:5])}.")
    return Directions(**tensors, provenance=_provenance(metadata.get("provenance", "{}"), name))


def _provenance(text: str, name: str) -> Provenance:
    try:
        facts: dict[str, Any] = json.loads(text)
        known = {item.name for item in fields(Provenance)}
        # A later minor version may add facts: those are passed over, the tensors are what counts.
        facts = {
            key: tuple(value) if isinstance(value, list) else value for key, value in facts.items() if key in known
        }
        return Provenance(**facts)
    except (ValueError, TypeError, AttributeError) as error:
        raise DirectionsError(
            f"The provenance in {name} cannot be read ({_first_line(error)}): make it anew."
        ) from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]

"""resefa's native checkpoint files: safetensors with family, configuration and provenance in the metadata.

Metadata: ``format`` = ``resefa.checkpoint``, ``format_version`` = ``1``, ``family``, ``config`` and ``provenance`` (JSON).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import ModelError
from resefa.files import tensor_file

FORMAT = "resefa.checkpoint"
VERSION = 1
ORIGIN = ("file", "sha256", "licence")
"""Provenance entries about the original of a converted file."""
_CONVERTED = "resefa checkpoint, from "
_LARGEST = 2**16
"""Largest width, depth or side of a network; a configuration with a larger number is refused, since it would exhaust memory."""


def to_bytes(record: CheckpointRecord, provenance: Mapping[str, Any], half: bool = False) -> bytes:
    """The native file of a record, as bytes.

    Args:
        provenance: facts about the original file; the record's source is added.
        half: store weights of two or more axes in float16, unless a value is too large for it. Biases, averages and
            statistics keep their precision.
    """
    tensors = {key: _kept(value, half) for key, value in record.tensors.items()}
    source = {key: value for key, value in asdict(record.source).items() if value not in (None, "", (), {})}
    source.pop("others", None)
    source["format"] = record.source.format.removeprefix(_CONVERTED)
    # A file converted twice still names its original.
    facts = {**provenance, **source.pop("origin", {}), **source}
    metadata = {
        "format": FORMAT,
        "format_version": str(VERSION),
        "family": record.family,
        "config": json.dumps(record.config),
        "provenance": json.dumps(facts, sort_keys=True),
    }
    return tensor_file.to_bytes(tensors, metadata)


def _kept(value: Tensor, half: bool) -> Tensor:
    value = value.detach().cpu()
    if half and value.ndim > 1 and value.dtype in (torch.float32, torch.float64):
        halved = value.half()
        # Values beyond 65504 would become infinite.
        value = halved if bool(torch.isfinite(halved).all()) else value
    return value.clone(memory_format=torch.contiguous_format)


def from_file(tensors: Mapping[str, Tensor], metadata: Mapping[str, str], name: str) -> CheckpointRecord:
    """Record read from a native file; its configuration is checked against the tensors when the network is built.

    Raises:
        ModelError: the file has a newer version, or its metadata do not describe a network.
    """
    version = metadata.get("format_version", "")
    if version != str(VERSION):
        raise ModelError(
            f"{name} has format version {version[:20] or 'none'}, but this resefa reads version {VERSION}; update resefa."
        )
    try:
        config, facts = json.loads(metadata["config"]), json.loads(metadata.get("provenance", "{}"))
        family = metadata["family"]
    except (KeyError, ValueError, RecursionError) as error:
        raise ModelError(
            f"{name} does not state its family or configuration ({error}); convert the original file again."
        ) from error
    if not isinstance(config, dict) or not isinstance(facts, dict) or not _sane(config):
        raise ModelError(f"{name} has an invalid configuration; convert the original file again.")
    step, notes = facts.get("step"), facts.get("notes")
    notes = notes if isinstance(notes, list) else []
    source = Source(
        f"{_CONVERTED}{facts.get('format') or 'another format'}",
        str(facts.get("entry", "")),
        step if isinstance(step, int) else None,
        tuple(note for note in notes if isinstance(note, str)),
        {key: facts[key][:300] for key in ORIGIN if isinstance(facts.get(key), str)},
    )
    tensors = {key: value.float() if value.dtype == torch.float16 else value for key, value in tensors.items()}
    return CheckpointRecord(family, config, tensors, source)


def _sane(value: Any, depth: int = 0) -> bool:
    if isinstance(value, dict):
        return depth < 8 and len(value) < 1000 and all(_sane(item, depth + 1) for item in value.values())
    if isinstance(value, list):
        return depth < 8 and len(value) < 1000 and all(_sane(item, depth + 1) for item in value)
    return not isinstance(value, (int, float)) or abs(value) <= _LARGEST

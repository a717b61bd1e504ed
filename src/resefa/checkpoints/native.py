"""This project's own checkpoint files: safetensors whose metadata says family, configuration and where the weights came from.

Metadata: ``format`` = ``resefa.checkpoint``, ``format_version`` = ``1``, ``family``, ``config`` and ``provenance`` (JSON).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import ModelError

FORMAT = "resefa.checkpoint"
VERSION = 1
ORIGIN = ("file", "sha256", "licence")
"""What provenance says of the file that was converted."""
_CONVERTED = "resefa checkpoint, from "
_LARGEST = 2**16
"""No width, depth or side of a network is larger; a configuration that claims more asks for memory, not for a network."""


def to_bytes(record: CheckpointRecord, provenance: Mapping[str, Any], half: bool = False) -> bytes:
    """The file's bytes.

    Args:
        provenance: facts about the file that was read; the record's own source is added.
        half: weights of two axes and more in float16, but for those with a number too large for it. Biases, averages and statistics stay as they are.
    """
    tensors = {key: _kept(value, half) for key, value in record.tensors.items()}
    source = {key: value for key, value in asdict(record.source).items() if value not in (None, "", (), {})}
    source.pop("others", None)
    source["format"] = record.source.format.removeprefix(_CONVERTED)
    # Of a file that was itself converted, the original goes on to be named.
    facts = {**provenance, **source.pop("origin", {}), **source}
    metadata = {
        "format": FORMAT,
        "format_version": str(VERSION),
        "family": record.family,
        "config": json.dumps(record.config),
        "provenance": json.dumps(facts, sort_keys=True),
    }
    return save(tensors, metadata)


def _kept(value: Tensor, half: bool) -> Tensor:
    value = value.detach().cpu()
    if half and value.ndim > 1 and value.dtype in (torch.float32, torch.float64):
        halved = value.half()
        # Beyond 65504 it would be infinite.
        value = halved if bool(torch.isfinite(halved).all()) else value
    return value.clone(memory_format=torch.contiguous_format)


def from_file(tensors: Mapping[str, Tensor], metadata: Mapping[str, str], name: str) -> CheckpointRecord:
    """The record; its configuration is held against the tensors when the network is built.

    Raises:
        ModelError: a newer version, or metadata that describe no network.
    """
    version = metadata.get("format_version", "")
    if version != str(VERSION):
        raise ModelError(
            f"{name} is of version {version[:20] or 'none'} of its format, and {VERSION} is read: update resefa."
        )
    try:
        config, facts = json.loads(metadata["config"]), json.loads(metadata.get("provenance", "{}"))
        family = metadata["family"]
    except (KeyError, ValueError, RecursionError) as error:
        raise ModelError(f"{name} lacks family or configuration ({error}): convert the original file anew.") from error
    if not isinstance(config, dict) or not isinstance(facts, dict) or not _sane(config):
        raise ModelError(f"{name} has a configuration that describes no network: convert the original file anew.")
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

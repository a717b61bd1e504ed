"""BigGAN-deep as huggingface/pytorch-pretrained-BigGAN keeps it: a folder of ``config.json`` and ``pytorch_model.bin``.

The published files come with the network's name before these, ``biggan-deep-128-config.json``; both are read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from resefa.checkpoints.biggan_deep import biggan_deep_record
from resefa.checkpoints.biggan_deep import recognises as is_biggan_deep
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import ModelError, WeightsError

NAME = "Hugging Face BigGAN-deep"
WEIGHTS, CONFIG = "pytorch_model.bin", "config.json"
_LARGEST = 1 << 20
"""Bytes that a configuration may have; the published ones have less than 1000."""


def recognises_folder(path: Path) -> bool:
    """Whether one of the two files is there; whether they are of a BigGAN-deep is seen by reading them."""
    return path.is_dir() and bool(_found(path, WEIGHTS))


def folder_record(path: Path, read_file: Callable[[Path], Any]) -> CheckpointRecord:
    """The generator, its configuration checked against its tensors.

    Args:
        read_file: gives the tree of a torch file.

    Raises:
        ModelError: a file is missing, or of another network; a tensor is; a field of the configuration disagrees with the tensors.
        WeightsError: the configuration is no JSON.
    """
    weights, config = _only(path, WEIGHTS), _only(path, CONFIG)
    settings = _settings(config)
    content = read_file(weights)
    tensors = _tensors(content)
    if not is_biggan_deep(tensors):
        raise ModelError(
            f"{path.name} holds {weights.name}, but its tensors are not those of a {NAME} (such as embeddings.weight): no other "
            "network is read from such a folder."
        )
    _check_layers(settings, config.name)
    record = biggan_deep_record(
        tensors, path.name, {key: settings[key] for key in ("layers", "eps") if key in settings}
    )
    _check(settings, record.config, config.name)
    notes = tuple(
        f"{key} is not in {config.name}: the published value was taken"
        for key in ("eps", "layers")
        if key not in settings
    )
    return replace(record, source=Source(format=NAME, entry=weights.name, notes=notes))


def _found(path: Path, ending: str) -> list[Path]:
    exact = path / ending
    if exact.is_file():
        return [exact]
    try:
        return sorted(file for file in path.glob(f"*-{ending}") if file.is_file())
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): check the path.") from error


def _only(path: Path, ending: str) -> Path:
    found = _found(path, ending)
    if not found:
        raise ModelError(
            f"{path.name} has no {ending}, which the folder of a {NAME} has: put it beside the other file."
        )
    if len(found) > 1:
        raise ModelError(f"{path.name} has {len(found)} files that end in {ending}: keep one network in a folder.")
    return found[0]


def _settings(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"it has more than {_LARGEST} bytes")
        settings = json.loads(path.read_text("utf-8"))
        if not isinstance(settings, dict):
            raise ValueError(f"it holds a {type(settings).__name__}, not an object")
    except (OSError, ValueError, RecursionError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise WeightsError(f"{path.name} is no configuration in JSON ({reason}): get it anew.") from error
    return settings


def _tensors(content: Any) -> dict[str, Tensor]:
    if not isinstance(content, Mapping):
        return {}
    return {key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, Tensor)}


def _check_layers(settings: Mapping[str, Any], name: str) -> None:
    """What the reader of the tensors relies on."""
    eps = settings.get("eps", 1e-4)
    if not _is_number(eps) or not 0 <= eps < math.inf:
        raise ModelError(f"{name} gives eps {eps!r}, but a number of at least 0 was expected: mend it or get it anew.")
    layers = settings.get("layers", [])
    if not isinstance(layers, list) or not all(
        isinstance(layer, list)
        and len(layer) == 3
        and isinstance(layer[0], bool)
        and _is_size(layer[1])
        and _is_size(layer[2])
        for layer in layers
    ):
        raise ModelError(
            f"{name} gives layers that are no list of [enlarges, inputs, outputs]: mend it or get it anew."
        )


def _check(settings: Mapping[str, Any], config: Mapping[str, Any], name: str) -> None:
    """Every field that tensors tell too must say the same."""
    told = {
        "output_dim": config["resolution"],
        "z_dim": config["z_dim"],
        "class_embed_dim": config["class_dim"],
        "channel_width": config["blocks"][-1][2],
        "num_classes": config["num_classes"],
        "n_stats": config["n_stats"],
    }
    if config["attention"]:
        told["attention_layer_position"] = config["attention"][0]
    for field, value in told.items():
        given = settings.get(field, value)
        if isinstance(given, bool) or given != value:
            raise ModelError(
                f"{name} gives {field} {given!r}, but the tensors have {value}: they are of different networks."
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 20

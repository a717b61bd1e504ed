"""BigGAN-deep of huggingface/pytorch-pretrained-BigGAN: a folder with ``config.json`` and a weights file.

The published file names have the network's name as a prefix, ``biggan-deep-128-config.json``; both forms are read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from resefa.checkpoints.families.biggan_deep import biggan_deep_record
from resefa.checkpoints.families.biggan_deep import recognises as is_biggan_deep
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import ModelError, WeightsError
from resefa.files.input_file import check_regular
from resefa.files.schema import decode

NAME = "Hugging Face BigGAN-deep"
CONFIG = "config.json"
_LARGEST = 1 << 20
"""Most bytes of a configuration; the published ones have less than 1000."""


def recognises(content: Any) -> bool:
    """Whether the weights of a folder are a BigGAN-deep under Hugging Face's tensor names."""
    return is_biggan_deep(_tensors(content))


def folder_record(path: Path, content: Any, weights: str) -> CheckpointRecord:
    """Record of the generator, with its configuration checked against its tensors.

    Args:
        path: folder with the configuration.
        content: content of the weights file; ``weights`` is its name.

    Raises:
        ModelError: the configuration or a tensor is missing, or a field disagrees with the tensors.
        WeightsError: the configuration is not JSON.
    """
    config = _configuration(path)
    settings = decode(
        _text(config), dict[str, Any], config.name, raises=WeightsError, remedy="fix it or download it again"
    )
    _check_layers(settings, config.name)
    record = biggan_deep_record(
        _tensors(content), path.name, {key: settings[key] for key in ("layers", "eps") if key in settings}
    )
    _check(settings, record.config, config.name)
    notes = tuple(
        f"{key} is not in {config.name}; the published value was used"
        for key in ("eps", "layers")
        if key not in settings
    )
    return replace(record, source=Source(format=NAME, entry=weights, notes=notes))


def _configuration(path: Path) -> Path:
    exact = path / CONFIG
    found = [exact] if exact.is_file() else sorted(file for file in path.glob(f"*-{CONFIG}") if file.is_file())
    if not found:
        raise ModelError(f"{path.name} has no {CONFIG}, which is required for {NAME}; put this file into the folder.")
    if len(found) > 1:
        raise ModelError(
            f"{path.name} has {len(found)} files whose names end in {CONFIG}; put each network into a separate folder."
        )
    return found[0]


def _text(path: Path) -> bytes:
    check_regular(path, raises=WeightsError)
    try:
        if path.stat().st_size > _LARGEST:
            raise WeightsError(
                f"{path.name} has more than {_LARGEST} bytes, the limit for a configuration: download it again."
            )
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read ({error.strerror}): check the path.") from error


def _tensors(content: Any) -> dict[str, Tensor]:
    if not isinstance(content, Mapping):
        return {}
    return {key: value for key, value in content.items() if isinstance(key, str) and isinstance(value, Tensor)}


def _check_layers(settings: Mapping[str, Any], name: str) -> None:
    """Check the fields of ``config.json`` that the reader uses."""
    eps = settings.get("eps", 1e-4)
    if not _is_number(eps) or not 0 <= eps < math.inf:
        raise ModelError(f"{name} has eps {eps!r}; expected a number of at least 0: fix the file or download it again.")
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
            f"{name} has layers that are not a list of [upsamples, inputs, outputs]: fix the file or download it again."
        )


def _check(settings: Mapping[str, Any], config: Mapping[str, Any], name: str) -> None:
    """Check the fields of ``config.json`` that can also be inferred from the tensors."""
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
                f"{name} has {field} {given!r}, but the tensors imply {value}: the configuration and the weights belong to different networks."
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 20

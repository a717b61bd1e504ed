"""Files of lucidrains/stylegan2-pytorch: ``GAN``, the state dict of all networks, and ``version`` of the package.

``S`` and ``G`` are the generator in training, ``SE`` and ``GE`` its running average, ``D`` the discriminator.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from resefa.checkpoints.families.stylegan2_lucidrains import recognises as is_generator
from resefa.checkpoints.families.stylegan2_lucidrains import stylegan2_lucidrains_record
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import ModelError

NAME = "lucidrains StyleGAN2"
_OTHERS = ("D.", "D_aug.", "D_cl.")
"""Prefixes of networks other than the generator."""


def recognises(content: Mapping[str, Any]) -> bool:
    """Whether the content is a file of this format or the state dict within it."""
    return is_generator(_flat(content)) or is_generator(_renamed(_flat(content), averaged=True))


def record(content: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None = None) -> CheckpointRecord:
    """Record of the averaged generator, or of the generator itself without an average.

    Args:
        settings: ``lr_mlp`` if not 0.1; the ``.config.json`` of the training run contains it.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape.
    """
    flat = _flat(content)
    for key in flat:
        if not key.startswith(("S.", "G.", "SE.", "GE.", *_OTHERS)):
            raise ModelError(f"{name} has the unexpected tensor {key}, which does not belong to this {NAME}.")
    averaged = any(key.startswith(("SE.", "GE.")) for key in flat)
    settings = dict(settings or {})
    notes = [] if "lr_mlp" in settings else ["lr_mlp of the mapping is not in the file; 0.1 was used"]
    version = content.get("version")
    if "version" not in settings and isinstance(version, str):
        settings["version"] = version
    try:
        found = stylegan2_lucidrains_record(_renamed(flat, averaged), name, settings)
    except ModelError as error:
        # Messages use the names in the file.
        raise ModelError(re.sub(r"(?<= )([SG])\.", r"\1E.", str(error)) if averaged else str(error)) from error
    notes += [f"saved by version {settings['version']}"] if "version" in settings else []
    notes += ["transparent images, shown over white"] if found.config["channels"] == 4 else []
    entry = "SE, GE" if averaged else "S, G"
    return replace(found, source=Source(format=NAME, entry=entry, notes=tuple(notes)))


def _flat(content: Mapping[str, Any]) -> dict[str, Tensor]:
    inner = content.get("GAN", content)
    inner = inner if isinstance(inner, Mapping) else {}
    return {key: value for key, value in inner.items() if isinstance(key, str) and isinstance(value, Tensor)}


def _renamed(flat: Mapping[str, Tensor], averaged: bool) -> dict[str, Tensor]:
    """Tensors of one generator under the names of the generator in training."""
    if not averaged:
        return {key: value for key, value in flat.items() if key.startswith(("S.", "G."))}
    return {f"{key[0]}.{key[3:]}": value for key, value in flat.items() if key.startswith(("SE.", "GE."))}

"""StyleGAN2 of rosinality/stylegan2-pytorch: ``g_ema`` and ``latent_avg``, in training files also ``g``, ``d`` and others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from resefa.checkpoints.formats.renaming import Renaming, nested, plain
from resefa.checkpoints.formats.skip_layout import Words, skip_record
from resefa.checkpoints.record import CheckpointRecord, Source

NAME = "rosinality StyleGAN2"
_ENTRIES = ("g_ema", "g")
_WORDS = Words(
    const="input.input",
    dense="style.{}",
    dense_weight="weight",
    weight="weight",
    style_weight="modulation.weight",
    style_bias="modulation.bias",
    strength="noise.weight",
    noise="noises.noise_{}",
)


def recognises(content: Mapping[str, Any]) -> bool:
    """Whether the content is a file of this format or the state dict of its generator."""
    keys = plain(nested(content, *_ENTRIES)[1])
    return "conv1.conv.modulation.weight" in keys and "to_rgb1.conv.modulation.weight" in keys


def record(content: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None = None) -> CheckpointRecord:
    """Record of the averaged generator, or of the generator itself without an average; see ``skip_record``. Training files lack ``latent_avg``."""
    entry, state = nested(content, *_ENTRIES)
    tensors = plain(state)
    w_avg = tensors.pop("latent_avg", None) if not entry else content.get("latent_avg")
    names = Renaming(tensors, name, NAME)
    return skip_record(names, _WORDS, w_avg if isinstance(w_avg, Tensor) else None, settings, Source(NAME, entry))

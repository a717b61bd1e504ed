"""Generator within encoders for inversion: pixel2style2pixel, encoder4editing, stylegan3-editing and related projects.

Their files contain ``state_dict`` with ``encoder.*`` and ``decoder.*``, a rosinality StyleGAN2, and ``latent_avg``, one
vector or one per layer. The decoder of stylegan3-editing is NVIDIA's StyleGAN3, which contains its average.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from resefa.checkpoints.families import stylegan3
from resefa.checkpoints.formats import rosinality_stylegan2
from resefa.checkpoints.formats.renaming import nested, plain
from resefa.checkpoints.record import CheckpointRecord, Source

NAME = "pixel2style2pixel decoder"
_PREFIX = "decoder."


def recognises(content: Mapping[str, Any]) -> bool:
    """Whether the content is a file of this format or its state dict."""
    keys = plain(nested(content, "state_dict")[1])
    return f"{_PREFIX}conv1.conv.modulation.weight" in keys or f"{_PREFIX}synthesis.input.freqs" in keys


def record(content: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None = None) -> CheckpointRecord:
    """Record of the decoder by rosinality's reader; the encoder is ignored.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape.
    """
    entry, state = nested(content, "state_dict")
    decoder = {key.removeprefix(_PREFIX): value for key, value in plain(state).items() if key.startswith(_PREFIX)}
    if stylegan3.recognises(decoder):
        made = stylegan3.stylegan3_record(decoder, name, settings)
        source = Source(NAME, f"{entry}.decoder".lstrip("."), notes=made.source.notes)
        return replace(made, source=source)
    mean = content.get("latent_avg")
    inner: dict[str, Any] = {"g_ema": decoder}
    if isinstance(mean, Tensor) and mean.ndim in (1, 2) and mean.numel():
        # One mean repeated for all layers; the rows differ only if the encoder works in W+.
        inner["latent_avg"] = mean[0] if mean.ndim == 2 else mean
    found = rosinality_stylegan2.record(inner, name, settings)
    return replace(found, source=replace(found.source, format=NAME, entry=f"{entry}.decoder".lstrip(".")))

"""The generator within encoders for inversion: pixel2style2pixel, encoder4editing, stylegan3-editing and their kin.

Their files hold ``state_dict`` with ``encoder.*`` and ``decoder.*``, the latter a rosinality StyleGAN2, and beside it
``latent_avg``, once or once for each layer. The decoder of stylegan3-editing is NVIDIA's StyleGAN3, with its own average.
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

NAME = "pixel2style2pixel, its decoder"
_PREFIX = "decoder."


def recognises(content: Mapping[str, Any]) -> bool:
    """Whether this is such a file, or its state dict."""
    keys = plain(nested(content, "state_dict")[1])
    return f"{_PREFIX}conv1.conv.modulation.weight" in keys or f"{_PREFIX}synthesis.input.freqs" in keys


def record(content: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None = None) -> CheckpointRecord:
    """The decoder as rosinality's reader takes it; the encoder is passed over.

    Raises:
        ModelError: a tensor is missing, left over or of another shape.
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
        # One mean repeated for all layers: they may be told apart only where the encoder works in W+.
        inner["latent_avg"] = mean[0] if mean.ndim == 2 else mean
    found = rosinality_stylegan2.record(inner, name, settings)
    return replace(found, source=replace(found.source, format=NAME, entry=f"{entry}.decoder".lstrip(".")))

"""StyleGAN2 of open-mmlab's MMGeneration and MMagic: the state dict of a generator, and ``meta`` of the file.

Their networks make BGR images, OpenCV's channel order, since their data pipelines load images with OpenCV. The reader
reverses the channels of ToRGB to RGB. The setting ``channel_order="rgb"`` leaves the channels unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from resefa.checkpoints.formats.renaming import Renaming, plain, whole
from resefa.checkpoints.formats.skip_layout import Words, skip_record
from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.errors import ModelError

NAME = "MMGeneration StyleGAN2"
_WORDS = Words(
    const="constant_input.input",
    dense="style_mapping.{}",
    dense_weight="linear.weight_orig",
    weight="weight_orig",
    style_weight="style_modulation.linear.weight_orig",
    style_bias="style_modulation.bias",
    strength="noise_injector.weight",
    noise="injected_noise_{}",
)
_TURNED = "the colour channels were reversed from BGR to RGB"
_UNFIT = {
    "convs.0.adain1.affine.weight_orig": "StyleGAN1, whose upsampling layers apply their activation twice",
    "noise2feat.linear.weight_orig": "ProGAN, whose normalisation adds a different constant",
    "to_rgb1.conv.weight_orig": "",
}
"""Tensor that identifies an unsupported generator, and the reason."""


def recognises(content: Mapping[str, Any]) -> bool:
    """Whether the content is the state dict of one of these generators."""
    tensors = plain(content)
    return any(key in tensors for key in _UNFIT)


def record(content: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None = None) -> CheckpointRecord:
    """Record of the generator; see ``skip_record``.

    Args:
        content: its state dict, and ``meta`` with the training step.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape, or the generator is not a StyleGAN2.
    """
    settings = dict(settings or {})
    tensors = plain(content)
    for key, why in _UNFIT.items():
        if why and key in tensors:
            raise ModelError(f"{name} is MMGeneration's {why}; only its StyleGAN2 is supported.")
    notes: tuple[str, ...] = ()
    if settings.pop("channel_order", "bgr") != "rgb":
        tensors = {key: _turned(key, value) for key, value in tensors.items()}
        notes = (_TURNED,)
    names = Renaming(tensors, name, NAME)
    meta = content.get("meta")
    step = whole(meta.get("iter")) if isinstance(meta, Mapping) else None
    return skip_record(names, _WORDS, None, settings, Source(NAME, "", step, notes))


def _turned(key: str, value: Tensor) -> Tensor:
    """Tensor of ToRGB with its channels, the second axis, reversed."""
    ours = key.startswith("to_rgb") and key.endswith((".conv.weight_orig", ".bias")) and "style_modulation" not in key
    return value.flip(1) if ours and value.ndim > 1 else value

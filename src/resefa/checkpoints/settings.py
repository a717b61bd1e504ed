"""Settings that the user may give because they cannot be inferred from tensors, under the training code's names."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError, printable

STATED: Mapping[str, tuple[str, ...]] = {
    "dcgan": ("strides", "paddings", "output_paddings", "last_activation", "negative_slope"),
    "stylegan2": ("conv_clamp", "lr_multiplier", "channel_order"),
    "stylegan1": ("mapping_lrmul", "fused_scale", "resolution"),
    "progan": ("fused_scale", "label_size"),
    "stylegan3": (
        "lr_multiplier", "num_critical", "first_cutoff", "first_stopband", "last_stopband_rel", "margin_size", "filter_size",
        "lrelu_upsampling", "conv_clamp", "output_scale", "use_radial_filters", "resolution",
    ),
    "stylegan2-lucidrains": ("lr_mlp", "version"),
    "biggan": ("BN_eps", "SN_eps"),
    "biggan-deep": ("layers", "eps"),
}  # fmt: skip
_ONE_FORMAT: Mapping[str, tuple[str, ...]] = {
    "channel_order": ("MMGeneration StyleGAN2",),
    "resolution": ("Hammer", "rosinality StyleGAN1"),
}
"""Settings that only some formats use, whatever the family."""


def check_stated(settings: Mapping[str, Any], record: CheckpointRecord, name: str) -> None:
    """Refuse a setting that would have no effect.

    Raises:
        ModelError: the family has no setting of this name.
    """
    if settings and record.source.format.startswith(("NVIDIA TensorFlow", "NVIDIA Theano")):
        raise ModelError(f"{name} already holds its settings; leave {printable(next(iter(settings)), 40)} out.")
    known = [
        key
        for key in STATED.get(record.family, ())
        if key not in _ONE_FORMAT or record.source.format in _ONE_FORMAT[key]
    ]
    for key in settings:
        if key not in known:
            near = get_close_matches(str(key), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"its settings are {', '.join(known) or 'none'}."
            raise ModelError(f"{name} is read as {record.family}, which has no setting {printable(key, 40)}; {hint}")

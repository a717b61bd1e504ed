"""Reader of StyleGAN1 checkpoints under resefa's tensor names; the modules of ``checkpoints.formats`` rename to them.

``mapping.fc0.{weight,bias}`` ..., ``mapping.embed.weight`` (z_dim, label_dim), ``mapping.w_avg``;
``synthesis.b4.const`` (c, h, w); for each layer ``synthesis.b8.conv0.*``: ``weight`` (o, i, 3, 3; none in the first
layer), ``bias``, ``affine.weight`` and ``affine.bias`` (all scales, to which the network adds 1, then all shifts),
``noise_const`` (h, w), ``noise_strength`` (o,);
``synthesis.torgb.{weight,bias}`` of the last block.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord
from resefa.checkpoints.tensor_checks import number_in, numbers, placed, refuse_other, shape_of

_FAMILY = "StyleGAN1"
_FUSED_FROM = 128
"""Smallest side at which ``fused_scale="auto"`` fuses upsampling and convolution."""


def recognises(tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors belong to a StyleGAN1 generator: styled blocks and a single ToRGB."""
    return "synthesis.torgb.weight" in tensors and any(
        re.fullmatch(r"synthesis\.b\d+\.conv1\.affine\.weight", key) for key in tensors
    )


def stylegan1_record(
    tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any] | None = None
) -> CheckpointRecord:
    """Infer sizes and conditioning; every tensor must be used.

    Args:
        settings: settings that tensors do not reveal: ``mapping_lrmul`` (0.01), ``fused_scale`` ("auto", True or False),
            ``norm_epsilon`` (1e-8) and ``early_bias`` (False), which the configuration contains only if given;
            ``nonlinearity``, ``mapping_nonlinearity``, ``blur_filter``, ``use_wscale``, ``use_pixel_norm``,
            ``use_instance_norm`` and ``normalize_latents`` are only checked, since other values are not supported.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape, or a setting has an unsupported value.
    """
    settings = settings or {}
    built = {
        "nonlinearity": "lrelu", "mapping_nonlinearity": "lrelu", "blur_filter": [1, 2, 1], "use_wscale": True,
        "use_pixel_norm": False, "use_instance_norm": True, "normalize_latents": True,
    }  # fmt: skip
    refuse_other(settings, built, name)
    blocks = numbers(tensors, r"synthesis\.b(\d+)\.", name, _FAMILY)
    depth = len(numbers(tensors, r"mapping\.fc(\d+)\.", name, _FAMILY))

    def shape(key: str, axes: int) -> tuple[int, ...]:
        return shape_of(tensors, key, name, _FAMILY, axes)

    first = f"synthesis.b{blocks[0]}"
    const = list(shape(f"{first}.const", 3)[1:])
    label_dim = shape("mapping.embed.weight", 2)[1] if "mapping.embed.weight" in tensors else 0
    fused = settings.get("fused_scale", "auto")
    if fused != "auto":
        fused = bool(number_in(settings, "fused_scale", 0, name))
    config: dict[str, Any] = {
        "z_dim": shape("mapping.fc0.weight", 2)[1] // (2 if label_dim else 1),
        "label_dim": label_dim,
        "w_dim": shape(f"{first}.conv1.affine.weight", 2)[1],
        "mapping_widths": [shape(f"mapping.fc{i}.weight", 2)[0] for i in range(depth)],
        "lr_multiplier": float(number_in(settings, "mapping_lrmul", 0.01, name)),
        "blocks": blocks,
        "widths": [shape(f"synthesis.b{number}.conv1.weight", 4)[0] for number in blocks],
        "fused": [i > 0 and (min(const) << i >= _FUSED_FROM if fused == "auto" else fused) for i in range(len(blocks))],
        "const": const,
        "channels": shape("synthesis.torgb.weight", 4)[0],
        "noise": any(key.endswith(".noise_strength") for key in tensors),
    }
    config |= {key: settings[key] for key in ("norm_epsilon", "early_bias") if key in settings}
    return CheckpointRecord("stylegan1", config, placed(tensors, _shapes(config), name, _FAMILY))


def _shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of the network that a configuration describes."""
    z_dim, label_dim, w_dim, widths = (config[key] for key in ("z_dim", "label_dim", "w_dim", "widths"))
    shapes: dict[str, tuple[int, ...]] = {"mapping.w_avg": (w_dim,)}
    if label_dim:
        shapes["mapping.embed.weight"] = (z_dim, label_dim)
    inputs = 2 * z_dim if label_dim else z_dim
    # The affine maps read the output of the last layer.
    for i, outputs in enumerate([*config["mapping_widths"][:-1], config["w_dim"]]):
        shapes |= {f"mapping.fc{i}.weight": (outputs, inputs), f"mapping.fc{i}.bias": (outputs,)}
        inputs = outputs
    for i, (number, width) in enumerate(zip(config["blocks"], widths, strict=True)):
        size = tuple(side << i for side in config["const"])
        if i == 0:
            shapes[f"synthesis.b{number}.const"] = (width, *size)
        for part, inputs in (("conv0", widths[i - 1] if i else 0), ("conv1", width)):
            layer = f"synthesis.b{number}.{part}"
            if inputs:
                shapes[f"{layer}.weight"] = (width, inputs, 3, 3)
            shapes[f"{layer}.bias"] = (width,)
            shapes |= {f"{layer}.affine.weight": (2 * width, w_dim), f"{layer}.affine.bias": (2 * width,)}
            if config["noise"]:
                shapes |= {f"{layer}.noise_const": size, f"{layer}.noise_strength": (width,)}
    torgb = {
        "synthesis.torgb.weight": (config["channels"], widths[-1], 1, 1),
        "synthesis.torgb.bias": (config["channels"],),
    }
    return shapes | torgb

"""Reader of ProGAN checkpoints under resefa's tensor names; the modules of ``checkpoints.formats`` rename to them.

``b4.conv0.weight`` (o, z_dim + label_dim, h, w) is the dense layer, one weight per output position. Then
``b4.conv0.bias``, ``b4.conv1.{weight,bias}``, ``b8.conv0.*`` ... with kernels (o, i, 3, 3), and the last block's
``torgb.{weight,bias}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord
from resefa.checkpoints.tensor_checks import number_in, numbers, placed, refuse_other, shape_of
from resefa.errors import ModelError

_FAMILY = "ProGAN"


def recognises(tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors belong to a ProGAN generator: blocks of two convolutions, and one ToRGB."""
    return "torgb.weight" in tensors and any(re.fullmatch(r"b\d+\.conv1\.weight", key) for key in tensors)


def progan_record(
    tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any] | None = None
) -> CheckpointRecord:
    """Infer sizes and conditioning; every tensor must be used.

    Args:
        settings: settings that tensors do not reveal: ``fused_scale`` (False), which flips the upsampling kernels,
            ``label_size`` (0), the number of label inputs, and ``joint_labels`` (False), whether label and code are
            normalised together, as in the TensorFlow version, or only the code; ``use_wscale``, ``use_pixelnorm``,
            ``use_leakyrelu``, ``normalize_latents`` and ``tanh_at_end`` are only checked, since other values are not supported.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape, or a setting has an unsupported value.
    """
    settings = settings or {}
    built = {
        "use_wscale": True, "use_pixelnorm": True, "use_leakyrelu": True, "normalize_latents": True,
        "tanh_at_end": False,
    }  # fmt: skip
    refuse_other(settings, built, name)
    blocks = numbers(tensors, r"b(\d+)\.", name, _FAMILY)

    def shape(key: str, axes: int) -> tuple[int, ...]:
        return shape_of(tensors, key, name, _FAMILY, axes)

    first = shape(f"b{blocks[0]}.conv0.weight", 4)
    label_dim = int(number_in(settings, "label_size", 0, name))
    if not 0 <= label_dim < first[1]:
        raise ModelError(
            f"{name} has label_size {label_dim}, but its first layer has only {first[1]} inputs for latent code and label together."
        )
    config: dict[str, Any] = {
        "z_dim": first[1] - label_dim,
        "label_dim": label_dim,
        "blocks": blocks,
        "widths": [shape(f"b{number}.conv1.weight", 4)[0] for number in blocks],
        "first": list(first[2:]),
        "channels": shape("torgb.weight", 4)[0],
        "fused": bool(number_in(settings, "fused_scale", False, name)),
    }
    if label_dim and settings.get("joint_labels"):
        config["joint"] = True
    return CheckpointRecord("progan", config, placed(tensors, _shapes(config), name, _FAMILY))


def _shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of the network that a configuration describes."""
    shapes: dict[str, tuple[int, ...]] = {}
    inputs = config["z_dim"] + config["label_dim"]
    kernel = tuple(config["first"])
    for number, width in zip(config["blocks"], config["widths"], strict=True):
        shapes |= {f"b{number}.conv0.weight": (width, inputs, *kernel), f"b{number}.conv0.bias": (width,)}
        shapes |= {f"b{number}.conv1.weight": (width, width, 3, 3), f"b{number}.conv1.bias": (width,)}
        inputs, kernel = width, (3, 3)
    return shapes | {"torgb.weight": (config["channels"], inputs, 1, 1), "torgb.bias": (config["channels"],)}

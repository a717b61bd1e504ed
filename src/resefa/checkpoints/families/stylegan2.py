"""StyleGAN2 checkpoints under the tensor names of NVIDIA's PyTorch files (StyleGAN2-ADA and StyleGAN3 releases, entry ``G_ema``)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord
from resefa.checkpoints.tensor_checks import check_claims, number_in, numbers, placed, refuse_other, shape_of
from resefa.errors import ModelError

_FAMILY = "StyleGAN2"
_FILTER = "resample_filter"


def recognises(tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors belong to a StyleGAN2 generator: modulated blocks at several sizes."""
    return any(re.fullmatch(r"synthesis\.b\d+\.conv1\.affine\.weight", key) for key in tensors) and not any(
        # Style layers of StyleGAN1 have two outputs per channel.
        key.startswith("synthesis.torgb.")
        for key in tensors
    )


def stylegan2_record(
    tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any] | None = None
) -> CheckpointRecord:
    """Infer sizes, architecture and conditioning; every tensor must be used.

    Args:
        settings: settings that tensors do not reveal: ``conv_clamp`` (None), ``lr_multiplier`` of the mapping (0.01),
            ``joint_labels`` (False), whether labels are embedded as in StyleGAN1, without a bias, and
            ``scaled_weights`` (False); the configuration contains these two only if True. ``activation`` and ``resample_filter``
            are only checked, since other values are not supported.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape, or a setting has an unsupported value.
    """
    settings = settings or {}
    _check(tensors, name, settings)
    blocks = numbers(tensors, r"synthesis\.b(\d+)\.", name, _FAMILY)
    depth = len(numbers(tensors, r"mapping\.fc(\d+)\.", name, _FAMILY))

    def shape(key: str, axes: int) -> tuple[int, ...]:
        return shape_of(tensors, key, name, _FAMILY, axes)

    first, last = (f"synthesis.b{number}" for number in (blocks[0], blocks[-1]))
    skips = [f"synthesis.b{number}.skip.weight" in tensors for number in blocks]
    images = [f"synthesis.b{number}.torgb.weight" in tensors for number in blocks[:-1]]
    label_dim, embed_dim = shape("mapping.embed.weight", 2)[::-1] if "mapping.embed.weight" in tensors else (0, 0)
    w_dim = shape(f"{first}.conv1.affine.weight", 2)[1]
    clamp = None if settings.get("conv_clamp") is None else float(number_in(settings, "conv_clamp", 0, name))
    config: dict[str, Any] = {
        "z_dim": shape("mapping.fc0.weight", 2)[1] - embed_dim,
        "label_dim": label_dim,
        "embed_dim": embed_dim,
        "w_dim": w_dim,
        "mapping_widths": [shape(f"mapping.fc{i}.weight", 2)[0] for i in range(depth)],
        "lr_multiplier": float(number_in(settings, "lr_multiplier", 0.01, name)),
        "blocks": blocks,
        "widths": [shape(f"synthesis.b{number}.conv1.weight", 4)[0] for number in blocks],
        "const": list(shape(f"{first}.const", 3)[1:]),
        "channels": shape(f"{last}.torgb.weight", 4)[0],
        "architecture": "skip" if any(images) else "resnet" if any(skips) else "orig",
        "noise": any(key.endswith(".noise_strength") for key in tensors),
        "conv_clamp": clamp,
    }
    side = 4 << (len(blocks) - 1) if config["const"] == [4, 4] else None
    claimed = {"img_channels": config["channels"], "z_dim": config["z_dim"], "c_dim": label_dim, "w_dim": w_dim}
    claimed |= dict.fromkeys(("img_resolution", "resolution", "image_size"), side) | {"use_noise": config["noise"]}
    # A single block is the same in all architectures.
    if len(blocks) > 1 and settings.get("architecture") in ("orig", "skip", "resnet"):
        claimed["architecture"] = config["architecture"]
    check_claims(settings, claimed, name)
    if label_dim and settings.get("joint_labels"):
        config["joint"] = True
    if settings.get("scaled_weights"):
        config["scaled_weights"] = True
    kept = {key: value for key, value in tensors.items() if not key.endswith(_FILTER)}
    return CheckpointRecord("stylegan2", config, placed(kept, _shapes(config), name, _FAMILY))


def _check(tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any]) -> None:
    """Refuse settings and filters that the network does not support."""
    refuse_other(settings, {"activation": "lrelu"}, name)
    given = settings.get(_FILTER, [1, 3, 3, 1])
    for key, value in tensors.items():
        if key.endswith(_FILTER) and value.ndim == 2:
            # The filter is the outer product of the taps with sum 1, so the row sums are the taps.
            given = value.double().sum(dim=1).tolist()
            break
    taps = (
        [a for a in given if isinstance(a, (int, float)) and abs(a) < 2**53] if isinstance(given, (list, tuple)) else []
    )
    total = sum(taps)
    if (
        len(taps) != 4
        or not total
        or not all(math.isclose(8 * a / total, b, rel_tol=1e-4) for a, b in zip(taps, (1, 3, 3, 1), strict=True))
    ):
        raise ModelError(f"{name} uses the resampling filter {taps[:16]}, but only [1, 3, 3, 1] is supported.")


def _shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of the network that a configuration describes."""
    shapes: dict[str, tuple[int, ...]] = {"mapping.w_avg": (config["w_dim"],)}

    def dense(key: str, inputs: int, outputs: int) -> None:
        shapes.update({f"{key}.weight": (outputs, inputs), f"{key}.bias": (outputs,)})

    if config["label_dim"]:
        dense("mapping.embed", config["label_dim"], config["embed_dim"])
        if config.get("joint"):
            del shapes["mapping.embed.bias"]
    inputs = config["z_dim"] + config["embed_dim"]
    # The affine maps read the output of the last layer.
    for i, outputs in enumerate([*config["mapping_widths"][:-1], config["w_dim"]]):
        dense(f"mapping.fc{i}", inputs, outputs)
        inputs = outputs
    widths = config["widths"]
    for i, (number, width) in enumerate(zip(config["blocks"], widths, strict=True)):
        size = tuple(side << i for side in config["const"])
        block = f"synthesis.b{number}"
        parts = {"conv1": (width, width, 3)}
        if i == 0:
            shapes[f"{block}.const"] = (width, *size)
        else:
            parts["conv0"] = (width, widths[i - 1], 3)
            if config["architecture"] == "resnet":
                shapes[f"{block}.skip.weight"] = (width, widths[i - 1], 1, 1)
        if config["architecture"] == "skip" or i == len(widths) - 1:
            parts["torgb"] = (config["channels"], width, 1)
        for part, (outputs, inputs, kernel) in parts.items():
            dense(f"{block}.{part}.affine", config["w_dim"], inputs)
            shapes[f"{block}.{part}.weight"] = (outputs, inputs, kernel, kernel)
            shapes[f"{block}.{part}.bias"] = (outputs,)
            if config["noise"] and part != "torgb":
                shapes |= {f"{block}.{part}.noise_const": size, f"{block}.{part}.noise_strength": ()}
    return shapes

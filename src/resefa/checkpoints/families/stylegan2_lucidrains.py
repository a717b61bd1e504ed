"""Checkpoints of lucidrains/stylegan2-pytorch under its tensor names: ``S.*`` for the mapping, ``G.*`` for the synthesis."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord
from resefa.checkpoints.tensor_checks import number_in, numbers, placed, shape_of
from resefa.errors import ModelError

FAMILY = "stylegan2-lucidrains"
_HEADS = 8
_STABLE_NORM = (1, 8, 8)
"""First version in which the norm of attention has its epsilon inside the square root."""

_BLUR = re.compile(r"G\.blocks\.\d+\.to_rgb\.upsample\.1\.f")
_ATTENTION = {
    "0.fn.norm.g": "norm.gain",
    "0.fn.norm.b": "norm.offset",
    "0.fn.fn.to_q.weight": "mix.query",
    "0.fn.fn.to_kv.net.0.weight": "mix.depthwise",
    "0.fn.fn.to_kv.net.1.weight": "mix.key_value",
    "0.fn.fn.to_out.weight": "mix.out.weight",
    "0.fn.fn.to_out.bias": "mix.out.bias",
    "1.fn.norm.g": "feed_norm.gain",
    "1.fn.norm.b": "feed_norm.offset",
    "1.fn.fn.0.weight": "widen.weight",
    "1.fn.fn.0.bias": "widen.bias",
    "1.fn.fn.2.weight": "narrow.weight",
    "1.fn.fn.2.bias": "narrow.bias",
}
_BLOCK = {
    "to_style1.weight": "conv1.affine.weight",
    "to_style1.bias": "conv1.affine.bias",
    "conv1.weight": "conv1.weight",
    "to_noise1.weight": "conv1.noise_weight",
    "to_noise1.bias": "conv1.noise_bias",
    "to_style2.weight": "conv2.affine.weight",
    "to_style2.bias": "conv2.affine.bias",
    "conv2.weight": "conv2.weight",
    "to_noise2.weight": "conv2.noise_weight",
    "to_noise2.bias": "conv2.noise_bias",
    "to_rgb.to_style.weight": "torgb.affine.weight",
    "to_rgb.to_style.bias": "torgb.affine.bias",
    "to_rgb.conv.weight": "torgb.weight",
}
_FLAT = (".gain", ".offset", ".noise_weight")
"""Tensors of one number per channel, stored with further axes of length 1."""


def recognises(tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors have the names that stylegan2-pytorch gives to a generator and its mapping."""
    return {"S.net.0.weight", "G.initial_conv.weight", "G.blocks.0.to_style1.weight"} <= set(tensors)


def stylegan2_lucidrains_record(
    tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any] | None = None
) -> CheckpointRecord:
    """Infer sizes, attention and transparency; every tensor must be used.

    Args:
        settings: settings that tensors do not reveal: ``lr_mlp`` of the mapping (0.1) and ``version`` of the package
            that saved the file, for example ``"1.8.4"`` (default: the latest).

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape.
    """
    config = _config(tensors, name, settings or {})
    if len(config["blocks"]) > 1 and not any(_BLUR.fullmatch(key) for key in tensors):
        raise ModelError(
            f"{name} lacks the blur filter G.blocks.0.to_rgb.upsample.1.f, so it was trained with stylegan2-pytorch before version 1.1.0; "
            "only networks trained with version 1.1.0 or later are supported."
        )
    kept = {key: value for key, value in tensors.items() if not _BLUR.fullmatch(key)}
    found = placed(kept, _shapes(config), name, FAMILY)
    return CheckpointRecord(FAMILY, config, _own(found, config))


def _config(tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    def shape(key: str, axes: int) -> tuple[int, ...]:
        return shape_of(tensors, key, name, FAMILY, axes)

    blocks = numbers(tensors, r"G\.blocks\.(\d+)\.", name, FAMILY)
    layers = numbers(tensors, r"S\.net\.(\d+)\.", name, FAMILY)
    attention = sorted({int(found[1]) for key in tensors if (found := re.match(r"G\.attns\.([0-9]{1,5})\.", key))})
    # Every second entry of the mapping is a leaky ReLU.
    for part, places, expected in (
        ("G.blocks", blocks, list(range(len(blocks)))),
        ("S.net", layers, list(range(0, 2 * len(layers), 2))),
    ):
        if places != expected:
            raise ModelError(f"{name} has {part} at {places}; expected {expected}: the file is incomplete.")
    if attention and attention[-1] >= len(blocks):
        raise ModelError(
            f"{name} has G.attns.{attention[-1]}, but only {len(blocks)} blocks: the file is damaged, download it again."
        )
    width = shape("S.net.0.weight", 2)[1]
    inner = shape(f"G.attns.{attention[0]}.0.fn.fn.to_q.weight", 4)[0] if attention else 0
    if inner % _HEADS:
        raise ModelError(
            f"{name} has attention layers with {inner} channels, which cannot be split among {_HEADS} heads; only {_HEADS} heads are supported."
        )
    return {
        "z_dim": width,
        "w_dim": width,
        "label_dim": 0,
        "depth": len(layers),
        "lr_mlp": float(number_in(settings, "lr_mlp", 0.1, name)),
        "blocks": [4 << i for i in blocks],
        "widths": [shape(f"G.blocks.{i}.conv2.weight", 4)[0] for i in blocks],
        "const": [4, 4],
        "learned_const": "G.to_initial_block.weight" not in tensors,
        "channels": _channels(shape(f"G.blocks.{blocks[-1]}.to_rgb.conv.weight", 4)[0], name),
        "attention": attention,
        "attention_width": inner,
        "eps_on_deviation": bool(attention) and _version(settings.get("version")) < _STABLE_NORM,
    }


def _channels(count: int, name: str) -> int:
    if count not in (3, 4):
        raise ModelError(
            f"{name} makes images with {count} channels; only 3 channels (RGB) or 4 channels (RGB with opacity) are supported."
        )
    return count


def _version(text: Any) -> tuple[int, ...]:
    """Version of stylegan2-pytorch as a tuple of numbers; the latest version if the file does not say."""
    found = re.match(r"([0-9]{1,5})\.([0-9]{1,5})\.([0-9]{1,5})", text) if isinstance(text, str) else None
    return tuple(int(number) for number in found.groups()) if found else _STABLE_NORM


def _shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor in the file that a configuration describes."""
    n, widths, inner = config["w_dim"], config["widths"], config["attention_width"]
    shapes: dict[str, tuple[int, ...]] = {}

    def layer(key: str, *shape: int) -> None:
        shapes.update({f"{key}.weight": shape, f"{key}.bias": shape[:1]})

    for i in range(config["depth"]):
        layer(f"S.net.{2 * i}", n, n)
    if config["learned_const"]:
        shapes["G.initial_block"] = (1, widths[0], *config["const"])
    else:
        shapes["G.to_initial_block.weight"] = (n, widths[0], *config["const"])
    layer("G.initial_conv", widths[0], widths[0], 3, 3)
    for i, outputs in enumerate(widths):
        inputs = widths[max(i - 1, 0)]
        if i in config["attention"]:
            stem = f"G.attns.{i}"
            for part in "01":
                shapes |= {f"{stem}.{part}.fn.norm.{leaf}": (1, inputs, 1, 1) for leaf in "gb"}
            shapes[f"{stem}.0.fn.fn.to_q.weight"] = (inner, inputs, 1, 1)
            shapes[f"{stem}.0.fn.fn.to_kv.net.0.weight"] = (inputs, 1, 3, 3)
            shapes[f"{stem}.0.fn.fn.to_kv.net.1.weight"] = (2 * inner, inputs, 1, 1)
            layer(f"{stem}.0.fn.fn.to_out", inputs, inner, 1, 1)
            layer(f"{stem}.1.fn.fn.0", 2 * inputs, inputs, 1, 1)
            layer(f"{stem}.1.fn.fn.2", inputs, 2 * inputs, 1, 1)
        stem = f"G.blocks.{i}"
        for number, channels in (("1", inputs), ("2", outputs)):
            layer(f"{stem}.to_style{number}", channels, n)
            layer(f"{stem}.to_noise{number}", outputs, 1)
            shapes[f"{stem}.conv{number}.weight"] = (outputs, channels, 3, 3)
        layer(f"{stem}.to_rgb.to_style", outputs, n)
        shapes[f"{stem}.to_rgb.conv.weight"] = (config["channels"], outputs, 1, 1)
    return shapes


def _own(found: Mapping[str, Tensor], config: Mapping[str, Any]) -> dict[str, Tensor]:
    """Tensors under the network's names, with the layers of the mapping stacked."""
    own = {
        f"mapping.{leaf}": torch.stack([found[f"S.net.{2 * i}.{leaf}"] for i in range(config["depth"])])
        for leaf in ("weight", "bias")
    }
    for key, value in found.items():
        if match := re.fullmatch(r"G\.(blocks|attns)\.(\d+)\.(.+)", key):
            names, prefix = (_BLOCK, "") if match[1] == "blocks" else (_ATTENTION, "attention.")
            new = f"synthesis.b{config['blocks'][int(match[2])]}.{prefix}{names[match[3]]}"
            own[new] = value.flatten() if new.endswith(_FLAT) else value
        elif key.startswith("G.initial_conv."):
            own[f"synthesis.{key.removeprefix('G.')}"] = value
        elif key.startswith("G."):
            own["synthesis.initial"] = value[0] if config["learned_const"] else value
    return own

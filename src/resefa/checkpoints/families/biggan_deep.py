"""BigGAN-deep checkpoints: ``pytorch_model.bin`` of huggingface/pytorch-pretrained-BigGAN.

Tensors reveal everything except which blocks upsample, since no weight's shape depends on it. In all published
configurations (BigGAN paper, tables 7 to 9, and the three ``config.json``) blocks without and with upsampling alternate,
and the number of channels decreases only in blocks with upsampling. That rule is the default; ``settings``, the content
of ``config.json``, overrides it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from resefa.checkpoints.families.spectral_norm import fold_saved_vectors, folded_or_refused
from resefa.checkpoints.record import CheckpointRecord
from resefa.checkpoints.tensor_checks import number_in, placed, shape_of
from resefa.errors import ModelError, printable

FAMILY = "biggan-deep"
_MOST_BLOCKS = 64
_EPS = 1e-4
"""Epsilon of the batch norms in all three published networks."""

_CONVOLUTION = re.compile(r"generator\.layers\.([0-9]{1,5})\.conv_3\.weight")
_ATTENTION = re.compile(r"generator\.layers\.([0-9]{1,5})\.snconv1x1_theta\.weight")


def recognises(tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors have the names of a BigGAN-deep generator."""
    names = {key.removeprefix("module.") for key in tensors}
    return "embeddings.weight" in names and "generator.layers.0.bn_0.running_means" in names


def biggan_deep_record(
    tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any] | None = None
) -> CheckpointRecord:
    """Infer the configuration, fold spectral norm into the weights and rename the tensors.

    ``settings``: ``layers`` (list of [enlarges, inputs, outputs] in multiples of the channel width) and ``eps`` are
    used; the rest of that file is ignored, since the tensors reveal it.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape, or the settings contradict the tensors.
    """
    folded = _folded({key.removeprefix("module."): value for key, value in tensors.items()}, name)
    config = _config(folded, name, settings or {})
    placed(folded, _expected(config), name, FAMILY)
    return CheckpointRecord(FAMILY, config, {_own_name(key): _own_value(key, folded[key]) for key in folded})


def _folded(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """Tensors with ``x.weight_orig``, ``x.weight_u`` and ``x.weight_v`` folded into ``x.weight``."""
    result = {}
    for key, value in tensors.items():
        stem, _, leaf = key.rpartition(".")
        if leaf == "weight_orig":
            outputs = value.shape[0] if value.ndim else 0
            for vector, length in (("weight_u", outputs), ("weight_v", value.numel() // max(outputs, 1))):
                if f"{stem}.{vector}" not in tensors:
                    missing = printable(f"{stem}.{vector}")
                    raise ModelError(f"{name} is read as {FAMILY}, but it lacks the tensor {missing}.")
                if tuple(tensors[f"{stem}.{vector}"].shape) != (length,) or value.ndim < 2:
                    raise ModelError(
                        f"{name}: the tensor {printable(stem)}.{vector} has shape "
                        f"{tuple(tensors[f'{stem}.{vector}'].shape)}, which does not fit {printable(key)} of shape {tuple(value.shape)}."
                    )
            vectors = tensors[f"{stem}.weight_u"], tensors[f"{stem}.weight_v"]
            result[f"{stem}.weight"] = folded_or_refused(fold_saved_vectors, key, name, value, *vectors)
        elif leaf not in ("weight_u", "weight_v") or f"{stem}.weight_orig" not in tensors:
            result[key] = value
    return result


def _config(tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    def shape(key: str, ndim: int) -> tuple[int, ...]:
        return shape_of(tensors, key, name, FAMILY, ndim)

    class_dim, classes = shape("embeddings.weight", 2)
    places = sorted(int(found[1]) for key in tensors if (found := _CONVOLUTION.fullmatch(key)))
    attention_at = sorted(int(found[1]) for key in tensors if (found := _ATTENTION.fullmatch(key)))
    if len(places) > _MOST_BLOCKS:
        raise ModelError(f"{name} has {len(places)} blocks, but a {FAMILY} has at most {_MOST_BLOCKS}.")
    if sorted(places + attention_at) != list(range(len(places) + len(attention_at))) or not places:
        raise ModelError(
            f"{name} is read as {FAMILY}, but some blocks in generator.layers are missing; it has only blocks {places[:16]}."
        )
    widths = []
    for place in places:
        outputs = shape(f"generator.layers.{place}.conv_3.weight", 4)[0]
        inputs = shape(f"generator.layers.{place}.bn_0.running_means", 2)[1]
        widths.append((inputs, outputs))
    first = f"generator.layers.{places[0]}"
    last_width = shape("generator.conv_to_rgb.weight", 4)[1]
    ups = _enlarging(widths, last_width, name, settings.get("layers"))
    condition = shape("generator.gen_z.weight", 2)[1]
    return {
        "z_dim": condition - class_dim,
        "class_dim": class_dim,
        "num_classes": classes,
        "blocks": [[up, inputs, outputs] for up, (inputs, outputs) in zip(ups, widths, strict=True)],
        # At least 1, so that a first convolution with more outputs than inputs is refused by its shape.
        "reduction": max(widths[0][0] // shape(f"{first}.conv_0.weight", 4)[0], 1),
        # The position counts blocks only, not attention modules.
        "attention": [place - i for i, place in enumerate(attention_at)],
        "n_stats": shape("generator.bn.running_means", 2)[0],
        "eps": float(number_in(settings, "eps", _EPS, name)),
        "resolution": 4 * 2 ** sum(ups),
    }


def _enlarging(
    widths: Sequence[tuple[int, int]], unit: int, name: str, layers: Sequence[Sequence[Any]] | None
) -> list[bool]:
    """Whether each block upsamples, by the settings or else by the published alternation."""
    if layers is not None:
        if not isinstance(layers, (list, tuple)) or not all(_is_layer(layer) for layer in layers):
            raise ModelError(
                f"{name}: the setting layers is not a list of [upsamples, inputs, outputs], for example [[false, 16, 16], [true, 16, 16]]."
            )
        stated = [(inputs * unit, outputs * unit) for _, inputs, outputs in layers]
        if stated != list(widths):
            raise ModelError(
                f"{name}: the setting layers gives the widths {stated[:16]}, but the tensors have the widths {list(widths)[:16]}; give the layers of this network."
            )
        return [bool(up) for up, _, _ in layers]
    ups = [i % 2 == 1 for i in range(len(widths))]
    drops = [inputs != outputs for inputs, outputs in widths]
    if len(widths) % 2 or any(drop and not up for drop, up in zip(drops, ups, strict=True)):
        raise ModelError(
            f"{name} is read as {FAMILY}, but its {len(widths)} blocks do not alternate as in the published networks; give the setting layers from its config.json, which lists the blocks that upsample."
        )
    return ups


def _is_layer(layer: Any) -> bool:
    return (
        isinstance(layer, (list, tuple))
        and len(layer) == 3
        and isinstance(layer[0], (bool, int))
        and all(isinstance(width, int) and 0 < width < 2**16 for width in layer[1:])
    )


def _expected(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor in the file after folding spectral norm."""
    condition, stats = config["z_dim"] + config["class_dim"], config["n_stats"]
    first, last = config["blocks"][0][1], config["blocks"][-1][2]
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.weight": (config["class_dim"], config["num_classes"]),
        "generator.gen_z.weight": (16 * first, condition),
        "generator.gen_z.bias": (16 * first,),
    }
    place = 0
    for index, (_, inputs, outputs) in enumerate(config["blocks"]):
        if index in config["attention"]:
            stem = f"generator.layers.{place}"
            shapes |= {
                f"{stem}.gamma": (1,),
                f"{stem}.snconv1x1_theta.weight": (inputs // 8, inputs, 1, 1),
                f"{stem}.snconv1x1_phi.weight": (inputs // 8, inputs, 1, 1),
                f"{stem}.snconv1x1_g.weight": (inputs // 2, inputs, 1, 1),
                f"{stem}.snconv1x1_o_conv.weight": (inputs, inputs // 2, 1, 1),
            }
            place += 1
        middle = inputs // config["reduction"]
        sides = [(inputs, middle, 1), (middle, middle, 3), (middle, middle, 3), (middle, outputs, 1)]
        for i, (before, after, kernel) in enumerate(sides):
            norm, convolution = f"generator.layers.{place}.bn_{i}", f"generator.layers.{place}.conv_{i}"
            shapes |= {
                f"{norm}.running_means": (stats, before),
                f"{norm}.running_vars": (stats, before),
                f"{norm}.scale.weight": (before, condition),
                f"{norm}.offset.weight": (before, condition),
                f"{convolution}.weight": (after, before, kernel, kernel),
                f"{convolution}.bias": (after,),
            }
        place += 1
    return shapes | {
        "generator.bn.running_means": (stats, last),
        "generator.bn.running_vars": (stats, last),
        "generator.bn.weight": (last,),
        "generator.bn.bias": (last,),
        "generator.conv_to_rgb.weight": (last, last, 3, 3),
        "generator.conv_to_rgb.bias": (last,),
    }


def _own_name(key: str) -> str:
    key = key.removeprefix("generator.")
    return key.replace("snconv1x1_o_conv", "o").replace("snconv1x1_", "")


def _own_value(key: str, value: Tensor) -> Tensor:
    if key.endswith(".gamma"):
        return value.reshape(())
    # Only three channels of the last convolution are used, so the others are not computed.
    return value[:3].clone() if ".conv_to_rgb." in key else value

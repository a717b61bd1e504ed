"""BigGAN checkpoints: state dict of a generator from ajbrock/BigGAN-PyTorch (``G.pth``, ``G_ema.pth``).

Resolution, widths, chunks, attention and conditioning follow from the tensors. ``settings`` (names of that repository's
arguments) may give ``BN_eps`` and ``SN_eps``. Values of ``norm_style`` and ``G_nl`` other than the published batch norm and
ReLU are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from math import isqrt
from typing import Any

from torch import Tensor

from resefa.checkpoints.families.spectral_norm import fold_power_step, folded_or_refused
from resefa.checkpoints.record import CheckpointRecord
from resefa.checkpoints.tensor_checks import number_in, placed, shape_of
from resefa.errors import ModelError, printable

FAMILY = "biggan"
_MOST_BLOCKS = 16
"""Most blocks; each doubles the side of the image."""
_BN_EPS, _SN_EPS = 1e-5, 1e-12
_OUTPUT_EPS = 1e-5
"""Epsilon of the last batch norm, which never receives ``BN_eps``."""

_BLOCK = re.compile(r"blocks\.([0-9]{1,5})\.0\.conv1\.weight")
_ATTENTION = re.compile(r"blocks\.([0-9]{1,5})\.1\.theta\.weight")
_VECTOR = re.compile(r"(u|sv)\d+")


def recognises(tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors have the names of a BigGAN generator."""
    names = {key.removeprefix("module.") for key in tensors}
    return {"linear.weight", "blocks.0.0.conv1.weight", "blocks.0.0.bn1.gain.weight", "output_layer.2.weight"} <= names


def biggan_record(
    tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any] | None = None
) -> CheckpointRecord:
    """Infer the configuration, fold spectral norm into the weights and rename the tensors.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape, or a setting has an unsupported value.
    """
    settings = settings or {}
    for key, known in (("norm_style", ("bn",)), ("G_nl", ("relu", "inplace_relu"))):
        if settings.get(key, known[0]) not in known:
            given = (
                printable(settings[key])
                if isinstance(settings[key], str)
                else f"of type {type(settings[key]).__name__}"
            )
            raise ModelError(f"{name} was trained with {key} {given}, but only {known[0]} is supported.")
    plain = {key.removeprefix("module."): value for key, value in tensors.items()}
    folded = _statistics(_folded(plain, float(number_in(settings, "SN_eps", _SN_EPS, name)), name))
    config = _config(folded, name, float(number_in(settings, "BN_eps", _BN_EPS, name)))
    placed(folded, _expected(config), name, FAMILY)
    own = {}
    for key, value in folded.items():
        # Without a shared embedding, gain and bias of each norm are a linear map of the one-hot label.
        looked_up = not config["shared"] and re.search(r"\.bn[12]\.(gain|bias)\.weight$", key)
        own[_own_name(key)] = value.T.contiguous() if looked_up else value
    return CheckpointRecord(FAMILY, config, own)


def _folded(tensors: Mapping[str, Tensor], eps: float, name: str) -> dict[str, Tensor]:
    """Tensors with each weight that has a ``u0`` divided by its spectral norm, without the vectors and logged values.

    Only the first singular value divides the weight; further vectors (``u1``, ...) have no effect.
    """
    result = {}
    for key, value in tensors.items():
        stem, _, leaf = key.rpartition(".")
        if _VECTOR.fullmatch(leaf) and f"{stem}.weight" in tensors and f"{stem}.u0" in tensors:
            continue
        vector = tensors.get(f"{stem}.u0") if leaf == "weight" else None
        result[key] = value if vector is None else folded_or_refused(fold_power_step, key, name, value, vector, eps)
    return result


def _statistics(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Batch-norm statistics of all variants in the repository, under one pair of names.

    The repository's norm stores sums and a counter after it has accumulated standing statistics; the sums are divided
    here. Its synchronised norm uses PyTorch's names.
    """
    result = {}
    for key, value in tensors.items():
        stem, _, leaf = key.rpartition(".")
        if leaf in ("num_batches_tracked", "accumulation_counter"):
            continue
        if leaf in ("stored_mean", "stored_var"):
            counter = tensors.get(f"{stem}.accumulation_counter")
            if counter is not None and counter.numel() == 1 and counter.item() > 0:
                value = value / counter.reshape(())
        if leaf in ("running_mean", "running_var"):
            leaf = leaf.replace("running", "stored")
        result[f"{stem.removesuffix('.bn')}.{leaf}"] = value
    return result


def _config(tensors: Mapping[str, Tensor], name: str, eps: float) -> dict[str, Any]:
    def shape(key: str, ndim: int) -> tuple[int, ...]:
        return shape_of(tensors, key, name, FAMILY, ndim)

    places = sorted(int(found[1]) for key in tensors if (found := _BLOCK.fullmatch(key)))
    if len(places) > _MOST_BLOCKS:
        raise ModelError(f"{name} has {len(places)} blocks, but {FAMILY} has at most {_MOST_BLOCKS}.")
    if not places or places != list(range(len(places))):
        raise ModelError(
            f"{name} is read as {FAMILY}, but some of its blocks are missing; it has only blocks {places[:16]}."
        )
    widths = [shape("blocks.0.0.conv1.weight", 4)[1]]
    widths += [shape(f"blocks.{i}.0.conv1.weight", 4)[0] for i in places]
    rows, first_chunk = shape("linear.weight", 2)
    start = isqrt(rows // widths[0])
    shared = "shared.weight" in tensors
    gain = shape("blocks.0.0.bn1.gain.weight", 2)
    classes, class_dim = shape("shared.weight", 2) if shared else (gain[0], gain[0])
    chunk = gain[1] - class_dim if shared else 0
    if chunk not in (0, first_chunk):
        raise ModelError(
            f"{name} is read as {FAMILY}, but blocks.0.0.bn1.gain.weight reads {chunk} entries of the latent code and the linear layer reads {first_chunk}; the two must be equal."
        )
    return {
        "z_dim": first_chunk * len(widths) if chunk else first_chunk,
        "class_dim": class_dim,
        "num_classes": classes,
        "shared": shared,
        "hierarchical": chunk > 0,
        "start": start,
        "widths": widths,
        "attention": sorted(int(found[1]) for key in tensors if (found := _ATTENTION.fullmatch(key))),
        "eps": eps,
        "output_eps": _OUTPUT_EPS,
        "resolution": start * 2 ** len(places),
    }


def _expected(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor in the file after folding spectral norm."""
    widths = config["widths"]
    chunk = config["z_dim"] // len(widths) if config["hierarchical"] else config["z_dim"]
    condition = config["class_dim"] + (chunk if config["hierarchical"] else 0)
    rows = config["start"] ** 2 * widths[0]
    shapes: dict[str, tuple[int, ...]] = {"linear.weight": (rows, chunk), "linear.bias": (rows,)}
    if config["shared"]:
        shapes["shared.weight"] = (config["num_classes"], config["class_dim"])
    for i, (inputs, outputs) in enumerate(pairwise(widths)):
        for norm, channels in (("bn1", inputs), ("bn2", outputs)):
            stem = f"blocks.{i}.0.{norm}"
            affine = (channels, condition) if config["shared"] else (condition, channels)
            shapes |= {f"{stem}.gain.weight": affine, f"{stem}.bias.weight": affine}
            shapes |= {f"{stem}.stored_mean": (channels,), f"{stem}.stored_var": (channels,)}
        for convolution, channels, kernel in (("conv1", inputs, 3), ("conv2", outputs, 3), ("conv_sc", inputs, 1)):
            shapes[f"blocks.{i}.0.{convolution}.weight"] = (outputs, channels, kernel, kernel)
            shapes[f"blocks.{i}.0.{convolution}.bias"] = (outputs,)
        if i in config["attention"]:
            stem = f"blocks.{i}.1"
            shapes |= {
                f"{stem}.gamma": (),
                f"{stem}.theta.weight": (outputs // 8, outputs, 1, 1),
                f"{stem}.phi.weight": (outputs // 8, outputs, 1, 1),
                f"{stem}.g.weight": (outputs // 2, outputs, 1, 1),
                f"{stem}.o.weight": (outputs, outputs // 2, 1, 1),
            }
    leaves = ("gain", "bias", "stored_mean", "stored_var")
    shapes |= {f"output_layer.0.{leaf}": (widths[-1],) for leaf in leaves}
    return shapes | {"output_layer.2.weight": (3, widths[-1], 3, 3), "output_layer.2.bias": (3,)}


def _own_name(key: str) -> str:
    if found := re.match(r"blocks\.(\d+)\.([01])\.(.*)", key):
        return f"{'attention' if found[2] == '1' else 'blocks'}.{found[1]}.{found[3]}"
    return key.replace("output_layer.0.", "output_norm.").replace("output_layer.2.", "output_conv.")

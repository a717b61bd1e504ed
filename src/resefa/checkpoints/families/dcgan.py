"""Reader of DCGAN checkpoints: a state dict, possibly under a key such as ``netG_state_dict``.

A state dict does not store strides and paddings. The paper's pattern (Radford et al. 2016, as in PyTorch's example) makes
a small image from the code with the first kernel and doubles its side with kernels of 4, stride 2 and padding 1. Kernels of
other sizes have no usual geometry: a kernel of 3 may double the side, keep it, or turn n into 2n + 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.checkpoints.tensor_checks import number_in
from resefa.errors import ModelError, parameter, printable

_MOST_LAYERS = 16
"""Most layers; each doubles the side of the image."""
_NORM = ("weight", "bias", "running_mean", "running_var")
_LAST = ("tanh", "sigmoid", "none")
_COUNTER = "num_batches_tracked"
"""Buffer that PyTorch before 0.4.1 did not save and only training reads."""


def recognises(tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors are a chain of transposed convolutions that ends in an image."""
    return any(_chained([group["weight"] for _, group in found]) for found in _orders(_convolutions(_groups(tensors))))


def dcgan_record(
    tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any] | None = None
) -> CheckpointRecord:
    """Infer depth, widths and kernels from the tensors; every tensor must be used.

    Args:
        settings: settings that tensors do not reveal: ``strides``, ``paddings`` and ``output_paddings``, each a number or one number
            per layer; ``last_activation``, "tanh" (default), "sigmoid" or "none"; ``negative_slope`` (0) of the other
            activations. Strides and paddings are optional for the kernels of the DCGAN paper.

    Raises:
        ModelError: a tensor is missing or unexpected, or strides and paddings are neither stated nor the paper's.
    """
    settings = settings or {}
    layers = _layers(tensors, name)
    if len(layers) > _MOST_LAYERS:
        raise ModelError(f"{name} has {len(layers)} layers, but a DCGAN has at most {_MOST_LAYERS}.")
    renamed: dict[str, Tensor] = {}
    for i, layer in enumerate(layers):
        for kind, group in layer.items():
            wanted = _NORM if kind == "norm" else ("weight", "bias") if "bias" in group else ("weight",)
            missing = [leaf for leaf in wanted if leaf not in group]
            extra = [leaf for leaf in group if leaf not in wanted and leaf != _COUNTER]
            if missing or extra:
                problems = [f"lacks the tensors {', '.join(missing)}"] if missing else []
                if extra:
                    problems.append(
                        f"has the unexpected tensors {', '.join(printable(leaf, 40) for leaf in extra[:5])}"
                    )
                raise ModelError(f"{name}: the {kind} of layer {i} {' and '.join(problems)}.")
            renamed |= {f"layers.{i}.{kind}.{leaf}": group[leaf] for leaf in group}
            if kind == "norm":
                renamed.setdefault(f"layers.{i}.norm.{_COUNTER}", torch.zeros((), dtype=torch.long))
    weights = [layer["conv"]["weight"] for layer in layers]
    kernels = [int(weight.shape[-1]) for weight in weights]
    if any(weight.shape[2] != weight.shape[3] for weight in weights):
        raise ModelError(f"{name} has convolution kernels that are not square; only square kernels are supported.")
    found, told = geometry(kernels, settings, name)
    biases = ["bias" in layer["conv"] for layer in layers]
    config: dict[str, Any] = {
        "latent": int(weights[0].shape[0]),
        "widths": [int(weight.shape[1]) for weight in weights[:-1]],
        "channels": int(weights[-1].shape[1]),
        "kernels": kernels,
        "strides": found.strides,
        "paddings": found.paddings,
        "bias": biases[0] if len(set(biases)) == 1 else biases,
        "resolution": found.resolution,
    }
    if any(found.output_paddings):
        config["output_paddings"] = found.output_paddings
    config |= _activations(settings, name)
    unknown = [] if told else ["strides and paddings (doubling the side was assumed)"]
    unknown += [] if "last_activation" in settings else ["the activations (ReLU, and tanh at the end, was assumed)"]
    notes = (f"the file does not state {' and '.join(unknown)}",) if unknown else ()
    return CheckpointRecord("dcgan", config, renamed, Source(notes=notes))


def _activations(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Entries of the configuration for activations that differ from the paper's."""
    last = settings.get("last_activation", "tanh")
    if not isinstance(last, str) or last not in _LAST:
        raise ModelError(f"{name}: unknown last_activation {printable(last)}; choose one of {', '.join(_LAST)}.")
    slope = float(number_in(settings, "negative_slope", 0, name))
    return ({} if last == "tanh" else {"last_activation": last}) | ({"negative_slope": slope} if slope else {})


Group = tuple[str, dict[str, Tensor]]
"""Name of a layer in the file, and its tensors by the last part of their names."""


def _groups(tensors: Mapping[str, Tensor]) -> list[Group]:
    """Tensors grouped by layer, in the order of the file."""
    groups: dict[str, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        stem, _, leaf = key.rpartition(".")
        groups.setdefault(stem, {})[leaf] = value
    return list(groups.items())


def _convolutions(groups: list[Group]) -> list[Group]:
    return [(stem, group) for stem, group in groups if "weight" in group and group["weight"].ndim == 4]


def _orders(groups: list[Group]) -> list[list[Group]]:
    """Possible orders of the layers: sorted by the numbers in their names (a convolution before a norm with equal numbers), then as in the file.

    Safetensors files sort names as text, so that 10 precedes 2; names without numbers only have the order of the file.
    """

    def numbered(group: Group) -> tuple[list[int], bool]:
        return [int(found) for found in re.findall(r"[0-9]{1,9}", group[0])], "running_mean" in group[1]

    return [sorted(groups, key=numbered), groups]


def _chained(weights: list[Tensor]) -> bool:
    """Whether each transposed convolution, (inputs, outputs, k, k), has the number of outputs that the next needs as inputs."""
    return (
        len(weights) >= 2
        and all(a.shape[1] == b.shape[0] for a, b in pairwise(weights))
        and 1 <= weights[-1].shape[1] <= 4
    )


def _layers(tensors: Mapping[str, Tensor], name: str) -> list[dict[str, dict[str, Tensor]]]:
    """Convolution and norm of each layer; the last layer has no norm.

    Raises:
        ModelError: the file has another part, or a norm that does not follow a convolution.
    """
    groups = _groups(tensors)
    for stem, group in groups:
        if not (("weight" in group and group["weight"].ndim == 4) or "running_mean" in group):
            raise ModelError(
                f"{name} is a chain of transposed convolutions, but {printable(stem) or 'a tensor outside the layers'} is neither a convolution nor a batch norm; build the network in Python and use resefa.wrap."
            )
    chained = [order for order in _orders(groups) if _chained([group["weight"] for _, group in _convolutions(order)])]
    problem = f"{name} is not a chain of transposed convolutions."
    for order in chained:
        layers, problem = _paired(order, name)
        if not problem:
            return layers
    raise ModelError(problem)


def _paired(order: list[Group], name: str) -> tuple[list[dict[str, dict[str, Tensor]]], str]:
    """Each convolution with the norm that follows it, or the problem with this order."""
    layers: list[dict[str, dict[str, Tensor]]] = []
    for stem, group in order:
        if "running_mean" not in group:
            layers.append({"conv": group})
        elif (
            not layers or "norm" in layers[-1] or group["running_mean"].shape != layers[-1]["conv"]["weight"].shape[1:2]
        ):
            where = f"{name}: the batch norm {printable(stem)}"
            return [], f"{where} does not follow a transposed convolution with the same number of channels."
        else:
            layers[-1]["norm"] = group
    for i, layer in enumerate(layers):
        if (last := i == len(layers) - 1) == ("norm" in layer):
            return [], f"{name}: layer {i} has {'a' if last else 'no'} batch norm, unlike a DCGAN."
    return layers, ""


_KEYS = ("strides", "paddings", "output_paddings")
_LARGEST_SIDE = 4096
_FIRST = (4, 5, 6, 7, 8)
"""Usual first kernels, which make images of 4, 5, 6... pixels, from which 96 = 6 * 16 and 28 = 7 * 4 follow."""


@dataclass(frozen=True)
class Geometry:
    """Strides and paddings, one number per layer, and the side of the image in pixels."""

    strides: list[int]
    paddings: list[int]
    output_paddings: list[int]
    resolution: int


def geometry(kernels: Sequence[int], settings: Mapping[str, Any], name: str) -> tuple[Geometry, bool]:
    """The geometry of all layers, and whether the settings give it.

    Raises:
        ModelError: the geometry is not stated and the kernels are not the paper's, or the geometry makes no image.
    """
    told = any(key in settings for key in _KEYS)
    for key, other in (("strides", "paddings"), ("paddings", "strides")):
        if told and key not in settings:
            raise ModelError(
                f"{name}: {other if other in settings else 'output_paddings'} is given without {key}; give both settings."
            )
    doubles = kernels[0] in _FIRST and all(kernel == 4 for kernel in kernels[1:])
    if not told and not doubles:
        sizes = ", ".join(map(str, kernels[:16]))
        stated = parameter("settings", {"strides": [1, *[2] * (len(kernels) - 1)][:16], "paddings": 0})
        raise ModelError(
            f"{name} has transposed convolutions with kernels of {sizes}, but a state dict does not store their strides and paddings. Give them, for example with {stated}, or build the network and use resefa.wrap."
        )
    last = len(kernels) - 1
    strides = _numbers(settings, "strides", [1] + [2] * last, name, least=1)
    paddings = _numbers(settings, "paddings", [0] + [1] * last, name)
    extra = _numbers(settings, "output_paddings", [0] * len(kernels), name)
    side = 1
    for i, (kernel, stride, padding, more) in enumerate(zip(kernels, strides, paddings, extra, strict=True)):
        if more and more >= stride:
            raise ModelError(
                f"{name}: layer {i} has output padding {more}, which must be less than its stride, {stride}."
            )
        side = (side - 1) * stride - 2 * padding + kernel + more
        if not 1 <= side <= _LARGEST_SIDE:
            raise ModelError(
                f"{name}: with stride {stride} and padding {padding}, the output of layer {i} is {side} pixels wide; expected 1 to {_LARGEST_SIDE}. Check the strides and paddings."
            )
    return Geometry(strides, paddings, extra, side), told


def _numbers(settings: Mapping[str, Any], key: str, default: list[int], name: str, least: int = 0) -> list[int]:
    """One number per layer, from a setting that is one number or a list."""
    given = settings.get(key, default)
    values = (
        [given] * len(default) if isinstance(given, int) else list(given) if isinstance(given, (list, tuple)) else []
    )
    if len(values) != len(default) or not all(
        isinstance(value, int) and not isinstance(value, bool) and least <= value <= 64 for value in values
    ):
        raise ModelError(
            f"{name}: {key} is {printable(given) if isinstance(given, (int, str, float)) else 'a list'}; give one whole number from "
            f"{least} to 64, or one for each of the {len(default)} layers."
        )
    return values

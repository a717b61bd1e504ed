"""DCGAN generators as people save them: a bare state dict, or one under a key such as ``netG_state_dict``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError, printable

_MOST_LAYERS = 16
"""Each doubles the image's side."""
_NORM = ("weight", "bias", "running_mean", "running_var")


def recognises(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are a chain of transposed convolutions that ends in an image."""
    convolutions = [v for v in tensors.values() if v.ndim == 4]
    # A transposed convolution is (inputs, outputs, k, k), so that each one's outputs are the next one's inputs.
    chained = all(a.shape[1] == b.shape[0] for a, b in pairwise(convolutions))
    return len(convolutions) >= 2 and chained and convolutions[-1].shape[1] in (1, 3)


def dcgan_record(
    tensors: Mapping[str, Tensor], name: str, settings: Mapping[str, Any] | None = None
) -> CheckpointRecord:
    """Infer depth, widths, kernels and resolution from the tensors, which tell all; every one must find its place.

    Raises:
        ModelError: a tensor is missing or left over.
    """
    groups: dict[tuple[int, ...], dict[str, Tensor]] = {}
    prefixes: dict[tuple[int, ...], str] = {}
    for key, value in tensors.items():
        stem, _, leaf = key.rpartition(".")
        order = tuple(int(v) for v in re.findall(r"[0-9]{1,9}", stem))
        groups.setdefault(order, {})[leaf] = value
        prefixes[order] = stem
    layers: list[dict[str, dict[str, Tensor]]] = []
    for order in sorted(groups):
        group = groups[order]
        if "weight" in group and group["weight"].ndim == 4:
            layers.append({"conv": group})
        elif layers and "norm" not in layers[-1] and "running_mean" in group:
            layers[-1]["norm"] = group
        else:
            raise ModelError(
                f"{name} is no DCGAN that is known: {printable(prefixes[order])} is neither convolution nor batch norm."
            )
    if len(layers) > _MOST_LAYERS:
        raise ModelError(f"{name} has {len(layers)} layers: a DCGAN has at most {_MOST_LAYERS}.")
    renamed: dict[str, Tensor] = {}
    for i, layer in enumerate(layers):
        last = i == len(layers) - 1
        if last == ("norm" in layer):
            raise ModelError(f"{name}: layer {i} has {'a' if last else 'no'} batch norm, unlike a DCGAN.")
        for kind, group in layer.items():
            wanted = _NORM if kind == "norm" else ("weight", "bias") if "bias" in group else ("weight",)
            missing = [leaf for leaf in wanted if leaf not in group]
            extra = [leaf for leaf in group if leaf not in wanted and leaf != "num_batches_tracked"]
            if missing or extra:
                raise ModelError(
                    f"{name}: layer {i}'s {kind} lacks {missing or 'nothing'} and has "
                    f"{[printable(leaf, 40) for leaf in extra[:5]] or 'nothing'} extra."
                )
            renamed |= {f"layers.{i}.{kind}.{leaf}": group[leaf] for leaf in group}
    weights = [layer["conv"]["weight"] for layer in layers]
    kernels = [int(weight.shape[-1]) for weight in weights]
    # The first convolution makes a kernel-sized image of the code; the others double it (padding (k - 2) / 2).
    config = {
        "latent": int(weights[0].shape[0]),
        "widths": [int(weight.shape[1]) for weight in weights[:-1]],
        "channels": int(weights[-1].shape[1]),
        "kernels": kernels,
        "strides": [1] + [2] * (len(weights) - 1),
        "paddings": [0] + [(kernel - 2) // 2 for kernel in kernels[1:]],
        "bias": "bias" in layers[0]["conv"],
        "resolution": kernels[0] * 2 ** (len(weights) - 1),
    }
    return CheckpointRecord("dcgan", config, renamed)

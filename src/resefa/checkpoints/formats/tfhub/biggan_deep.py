"""TF-Hub BigGAN-deep translated to Hugging Face's names: see huggingface/pytorch-pretrained-BigGAN, ``convert_tf_to_pytorch.py``.

The means and variances of the batch norms, one row per truncation (51), are constants of the graph, not variables:
``stack_{5j + 1}`` and ``stack_{5j + 3}`` for norm j in the order of use. The caller adds them to the variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from resefa.checkpoints.formats.tfhub.variables import Variables, convolution, dense
from resefa.errors import ModelError

LINEAR = "Generator/GenZ/G_linear"
EPS = 1e-4
"""Least divisor of the power method, and epsilon of the batch norms."""
_NORMS = 4
"""Batch norms of each block."""


def statistics_names(blocks: int) -> list[str]:
    """Names of the graph constants that hold the batch-norm statistics, for a given number of blocks."""
    return [f"stack_{5 * norm + offset}" for norm in range(_NORMS * blocks + 1) for offset in (1, 3)]


def blocks_of(variables: Mapping[str, np.ndarray]) -> int:
    """Number of blocks, counted from the first without a gap."""
    return len(list(_blocks(Variables(variables, ""))))


def translated(variables: Mapping[str, np.ndarray], name: str = "the module") -> dict[str, Tensor]:
    """Tensors for ``biggan_deep_record``.

    Raises:
        ModelError: a variable or constant is missing, left over or of a different shape.
    """
    given = Variables(variables, name)
    tensors = {"embeddings.weight": dense(given.weight("linear/w", 2))}
    tensors |= _normed(given, LINEAR, "generator.gen_z") | {
        "generator.gen_z.bias": given.weight(f"{LINEAR}/b").flatten()
    }
    blocks = list(_blocks(given))
    attention = _attention_at(given, blocks, name)
    for index, block in enumerate(blocks):
        place = index + (attention is not None and index >= attention)
        if index == attention:
            tensors |= _attention(given, f"generator.layers.{index}")
        stem = f"generator.layers.{place}"
        for number in range(_NORMS):
            scope = f"{block}/BatchNorm_{number}" if number else f"{block}/BatchNorm"
            for part in ("offset", "scale"):
                tensors |= _normed(given, f"{scope}/{part}", f"{stem}.bn_{number}.{part}")
            tensors |= _statistics(given, _NORMS * index + number, f"{stem}.bn_{number}")
            tensors |= _convolution(given, f"{block}/conv{number}", f"{stem}.conv_{number}")
    tensors["generator.bn.bias"] = given.weight("Generator/BatchNorm/offset").flatten()
    tensors["generator.bn.weight"] = given.weight("Generator/BatchNorm/scale").flatten()
    tensors |= _statistics(given, _NORMS * len(blocks), "generator.bn")
    tensors |= _convolution(given, "Generator/conv_to_rgb", "generator.conv_to_rgb")
    given.check_all_used()
    return tensors


def _blocks(given: Variables) -> Iterator[str]:
    index, block = 0, "Generator/GBlock"
    while f"{block}/conv0/w" in given:
        yield block
        index += 1
        block = f"Generator/GBlock_{index}"


def _normed(given: Variables, theirs: str, ours: str) -> dict[str, Tensor]:
    """Weight with spectral norm, and its vectors after the power step that the module runs from the saved vector."""
    weight = given.weight(f"{theirs}/w")
    weight = convolution(weight) if weight.ndim == 4 else dense(weight) if weight.ndim == 2 else weight
    start = given.value(f"{theirs}/u0").flatten()
    if weight.ndim == 1 or len(start) != len(weight):
        raise ModelError(
            f"{given.name}: the variable {theirs}/u0 has {len(start)} elements, which does not match {theirs}/w with shape "
            f"{tuple(weight.shape)}; download the file again."
        )
    matrix = weight.double().flatten(1)
    v = torch.nn.functional.normalize(matrix.t() @ start.double(), dim=0, eps=EPS)
    u = torch.nn.functional.normalize(matrix @ v, dim=0, eps=EPS)
    return {f"{ours}.weight_orig": weight, f"{ours}.weight_u": u, f"{ours}.weight_v": v}


def _convolution(given: Variables, theirs: str, ours: str) -> dict[str, Tensor]:
    return _normed(given, theirs, ours) | {f"{ours}.bias": given.weight(f"{theirs}/b").flatten()}


def _statistics(given: Variables, norm: int, ours: str) -> dict[str, Tensor]:
    return {
        f"{ours}.running_means": given.value(f"stack_{5 * norm + 1}", 2),
        f"{ours}.running_vars": given.value(f"stack_{5 * norm + 3}", 2),
    }


def _attention_at(given: Variables, blocks: list[str], name: str) -> int | None:
    """Position of attention: before the first block with the same number of channels, as in all three modules."""
    if "Generator/attention/gamma" not in given:
        return None
    channels = given.weight("Generator/attention/theta/w", 4).shape[2]
    taken = [given.weight(f"{block}/conv0/w", 4).shape[2] for block in blocks]
    if channels not in taken:
        raise ModelError(
            f"{name} has an attention layer with {channels} channels, but its blocks have {taken} inputs, so the layer's position cannot be inferred."
        )
    return taken.index(channels)


def _attention(given: Variables, ours: str) -> dict[str, Tensor]:
    tensors = {f"{ours}.gamma": given.weight("Generator/attention/gamma").reshape(-1)}
    for part in ("theta", "phi", "g", "o_conv"):
        tensors |= _normed(given, f"Generator/attention/{part}", f"{ours}.snconv1x1_{part}")
    return tensors

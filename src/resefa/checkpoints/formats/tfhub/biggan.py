"""TF-Hub BigGAN (not deep) by ajbrock's names: see the conversion in ajbrock/BigGAN-PyTorch, ``TFHub/converter.py``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from resefa.checkpoints.formats.tfhub.variables import Variables, convolution, dense
from resefa.errors import ModelError

LINEAR = "Generator/G_Z/G_linear"
SETTINGS = {"BN_eps": 1e-4, "SN_eps": 1e-4}
"""Of all three modules, as that conversion has it; not among the variables."""
_START = 4
_CONVOLUTIONS = {"conv0": "conv1", "conv1": "conv2", "conv_sc": "conv_sc"}
_NORMS = {"": "bn1", "_1": "bn2"}
_AFFINE = {"gamma": "gain", "beta": "bias"}


def translated(variables: Mapping[str, np.ndarray], name: str = "the module") -> dict[str, Tensor]:
    """What ``biggan_record`` takes.

    Raises:
        ModelError: a variable is missing, left over or of another shape.
    """
    given = Variables(variables, name)
    tensors = {"shared.weight": given.weight("linear/w", 2)}
    class_dim = tensors["shared.weight"].shape[1]
    widths = []
    while f"{_block(len(widths))}/conv0/w" in given:
        block, stem = _block(len(widths)), f"blocks.{len(widths)}.0"
        for theirs, ours in _CONVOLUTIONS.items():
            tensors |= _convolution(given, f"{block}/{theirs}", f"{stem}.{ours}")
        for number, norm in _NORMS.items():
            for theirs, ours in _AFFINE.items():
                key = f"{block}/HyperBN{number}/{theirs}"
                weight = dense(given.weight(f"{key}/w", 2))
                # The module's condition is the code's chunk and then the class, ajbrock's the class and then the chunk.
                chunk = weight.shape[1] - class_dim
                tensors[f"{stem}.{norm}.{ours}.weight"] = torch.cat([weight[:, chunk:], weight[:, :chunk]], dim=1)
                tensors[f"{stem}.{norm}.{ours}.u0"] = _start(given, key, weight)
            tensors |= _statistics(given, f"{block}/CrossReplicaBN{number}", f"{stem}.{norm}")
        widths.append(tensors[f"{stem}.conv1.weight"].shape[0])
    if not widths:
        raise ModelError(
            f"{name} lacks the variable {_block(0)}/conv0/w, which a BigGAN has: the folder is incomplete."
        )
    tensors |= _first(given, tensors["blocks.0.0.conv1.weight"].shape[1], name)
    if "Generator/attention/gamma" in given:
        tensors |= _attention(given, widths, name)
    # The scope's name is run together with "bn" in the module itself.
    tensors |= _statistics(given, "Generator/ScaledCrossReplicaBNbn", "output_layer.0")
    tensors["output_layer.0.gain"] = given.weight("Generator/ScaledCrossReplicaBN/gamma").flatten()
    tensors["output_layer.0.bias"] = given.weight("Generator/ScaledCrossReplicaBN/beta").flatten()
    tensors |= _convolution(given, "Generator/conv_2d", "output_layer.2")
    given.finish()
    return tensors


def _block(index: int) -> str:
    return f"Generator/GBlock_{index}" if index else "Generator/GBlock"


def _convolution(given: Variables, theirs: str, ours: str) -> dict[str, Tensor]:
    return _bare_convolution(given, theirs, ours) | {f"{ours}.bias": given.weight(f"{theirs}/b").flatten()}


def _bare_convolution(given: Variables, theirs: str, ours: str) -> dict[str, Tensor]:
    weight = convolution(given.weight(f"{theirs}/w", 4))
    return {f"{ours}.weight": weight, f"{ours}.u0": _start(given, theirs, weight)}


def _start(given: Variables, theirs: str, weight: Tensor) -> Tensor:
    """(1, outputs): where the power method starts."""
    vector = given.value(f"{theirs}/u0").reshape(1, -1)
    if vector.shape[1] != len(weight):
        raise ModelError(
            f"{given.name}: the variable {theirs}/u0 has {vector.shape[1]} numbers, which do not fit {theirs}/w of {len(weight)} outputs."
        )
    return vector


def _statistics(given: Variables, theirs: str, ours: str) -> dict[str, Tensor]:
    # They are means already: that conversion does not divide them by their counter either.
    return {f"{ours}.stored_{leaf}": given.value(f"{theirs}/accumulated_{leaf}", 1) for leaf in ("mean", "var")}


def _first(given: Variables, width: int, name: str) -> dict[str, Tensor]:
    """The linear layer: the module counts channels fastest, ajbrock places."""
    weight, bias = dense(given.weight(f"{LINEAR}/w", 2)), given.weight(f"{LINEAR}/b").flatten()
    u = given.value(f"{LINEAR}/u0").flatten()
    if {len(weight), len(bias), len(u)} != {_START * _START * width}:
        raise ModelError(
            f"{name}: the variable {LINEAR}/w makes {len(weight)} numbers, but the first block takes {width} channels of {_START} x {_START}."
        )

    def turned(rows: Tensor) -> Tensor:
        return rows.reshape(_START * _START, width, -1).transpose(0, 1).reshape(rows.shape)

    return {"linear.weight": turned(weight), "linear.bias": turned(bias), "linear.u0": turned(u)[None]}


def _attention(given: Variables, widths: list[int], name: str) -> dict[str, Tensor]:
    """It follows the block that makes as many channels as it takes; one does in each of the three modules."""
    channels = given.weight("Generator/attention/theta/w", 4).shape[2]
    if widths.count(channels) != 1:
        raise ModelError(
            f"{name} has attention over {channels} channels, but its blocks make {widths}: its place cannot be told."
        )
    stem = f"blocks.{widths.index(channels)}.1"
    gamma = given.weight("Generator/attention/gamma").flatten()
    if len(gamma) != 1:
        raise ModelError(
            f"{name}: the variable Generator/attention/gamma has {len(gamma)} numbers, but one was expected."
        )
    tensors = {f"{stem}.gamma": gamma[0]}
    for theirs, ours in (("theta", "theta"), ("phi", "phi"), ("g", "g"), ("o_conv", "o")):
        tensors |= _bare_convolution(given, f"Generator/attention/{theirs}", f"{stem}.{ours}")
    return tensors

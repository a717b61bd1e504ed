"""TF-Hub BigGAN (not deep) translated to ajbrock's names: see the conversion in ajbrock/BigGAN-PyTorch, ``TFHub/converter.py``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from resefa.checkpoints.formats.tfhub.variables import Variables, convolution, dense
from resefa.errors import ModelError

LINEAR = "Generator/G_Z/G_linear"
SETTINGS = {"BN_eps": 1e-4, "SN_eps": 1e-4}
"""Settings of all three modules, from that conversion; the variables do not contain them."""
_START = 4
_CONVOLUTIONS = {"conv0": "conv1", "conv1": "conv2", "conv_sc": "conv_sc"}
_NORMS = {"": "bn1", "_1": "bn2"}
_AFFINE = {"gamma": "gain", "beta": "bias"}


def translated(variables: Mapping[str, np.ndarray], name: str = "the module") -> dict[str, Tensor]:
    """Tensors for ``biggan_record``.

    Raises:
        ModelError: a variable is missing, unexpected or of a different shape.
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
                # The condition in the module is the chunk of the code, then the class; in ajbrock's code the reverse.
                chunk = weight.shape[1] - class_dim
                tensors[f"{stem}.{norm}.{ours}.weight"] = torch.cat([weight[:, chunk:], weight[:, :chunk]], dim=1)
                tensors[f"{stem}.{norm}.{ours}.u0"] = _start(given, key, weight)
            tensors |= _statistics(given, f"{block}/CrossReplicaBN{number}", f"{stem}.{norm}")
        widths.append(tensors[f"{stem}.conv1.weight"].shape[0])
    if not widths:
        raise ModelError(f"{name} lacks the variable {_block(0)}/conv0/w of a BigGAN: the folder is incomplete.")
    tensors |= _first(given, tensors["blocks.0.0.conv1.weight"].shape[1], name)
    if "Generator/attention/gamma" in given:
        tensors |= _attention(given, widths, name)
    # The module joins the name of the scope and "bn" without a separator.
    tensors |= _statistics(given, "Generator/ScaledCrossReplicaBNbn", "output_layer.0")
    tensors["output_layer.0.gain"] = given.weight("Generator/ScaledCrossReplicaBN/gamma").flatten()
    tensors["output_layer.0.bias"] = given.weight("Generator/ScaledCrossReplicaBN/beta").flatten()
    tensors |= _convolution(given, "Generator/conv_2d", "output_layer.2")
    given.check_all_used()
    return tensors


def _block(index: int) -> str:
    return f"Generator/GBlock_{index}" if index else "Generator/GBlock"


def _convolution(given: Variables, theirs: str, ours: str) -> dict[str, Tensor]:
    return _bare_convolution(given, theirs, ours) | {f"{ours}.bias": given.weight(f"{theirs}/b").flatten()}


def _bare_convolution(given: Variables, theirs: str, ours: str) -> dict[str, Tensor]:
    weight = convolution(given.weight(f"{theirs}/w", 4))
    return {f"{ours}.weight": weight, f"{ours}.u0": _start(given, theirs, weight)}


def _start(given: Variables, theirs: str, weight: Tensor) -> Tensor:
    """Start vector of the power method, (1, outputs)."""
    vector = given.value(f"{theirs}/u0").reshape(1, -1)
    if vector.shape[1] != len(weight):
        raise ModelError(
            f"{given.name}: the variable {theirs}/u0 has {vector.shape[1]} numbers, which do not fit the {len(weight)} outputs of {theirs}/w."
        )
    return vector


def _statistics(given: Variables, theirs: str, ours: str) -> dict[str, Tensor]:
    # The statistics are already means; that conversion does not divide them by the counter either.
    return {f"{ours}.stored_{leaf}": given.value(f"{theirs}/accumulated_{leaf}", 1) for leaf in ("mean", "var")}


def _first(given: Variables, width: int, name: str) -> dict[str, Tensor]:
    """Linear layer, reordered from channels last (the module) to channels first (ajbrock)."""
    weight, bias = dense(given.weight(f"{LINEAR}/w", 2)), given.weight(f"{LINEAR}/b").flatten()
    u = given.value(f"{LINEAR}/u0").flatten()
    if {len(weight), len(bias), len(u)} != {_START * _START * width}:
        raise ModelError(
            f"{name}: the variable {LINEAR}/w has {len(weight)} outputs, but the first block needs {width} channels of {_START} x {_START}."
        )

    def turned(rows: Tensor) -> Tensor:
        return rows.reshape(_START * _START, width, -1).transpose(0, 1).reshape(rows.shape)

    return {"linear.weight": turned(weight), "linear.bias": turned(bias), "linear.u0": turned(u)[None]}


def _attention(given: Variables, widths: list[int], name: str) -> dict[str, Tensor]:
    """Position of attention: after the one block whose number of outputs equals its channels."""
    channels = given.weight("Generator/attention/theta/w", 4).shape[2]
    if widths.count(channels) != 1:
        raise ModelError(
            f"{name} has an attention layer with {channels} channels, but its blocks have {widths} outputs, so the layer's position cannot be inferred."
        )
    stem = f"blocks.{widths.index(channels)}.1"
    gamma = given.weight("Generator/attention/gamma").flatten()
    if len(gamma) != 1:
        raise ModelError(f"{name}: the variable Generator/attention/gamma has {len(gamma)} numbers; expected one.")
    tensors = {f"{stem}.gamma": gamma[0]}
    for theirs, ours in (("theta", "theta"), ("phi", "phi"), ("g", "g"), ("o_conv", "o")):
        tensors |= _bare_convolution(given, f"Generator/attention/{theirs}", f"{stem}.{ours}")
    return tensors

"""Renaming and conversion of TensorFlow variables; missing and unexpected variables are refused by their names.

TensorFlow stores kernels as (h, w, inputs, outputs) and dense weights as (inputs, outputs); PyTorch as
(outputs, inputs, h, w) and (outputs, inputs).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from resefa.checkpoints.formats.nvidia_tf.network import TFNetwork, shown
from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError


class Place(NamedTuple):
    """Name under which resefa stores a TensorFlow variable, and its conversion.

    Attributes:
        key: resefa's name of the tensor.
        axes: number of axes of the variable.
        convert: function to the tensor's layout, a view if possible.
    """

    key: str
    axes: int
    convert: Callable[[np.ndarray], np.ndarray]


def as_is(key: str, axes: int = 1) -> Place:
    return Place(key, axes, lambda a: a)


def dense(key: str) -> Place:
    """Dense weight: (i, o) -> (o, i)."""
    return Place(key, 2, lambda a: a.T)


def kernel(key: str) -> Place:
    """Kernel: (h, w, i, o) -> (o, i, h, w)."""
    return Place(key, 4, lambda a: a.transpose(3, 2, 0, 1))


def leading(key: str, axes: int) -> Place:
    """Array without leading axes of length 1, down to ``axes`` axes: constants have one leading axis, noise two."""
    return Place(key, 4, lambda a: a.reshape(a.shape[4 - axes :]))


def resolutions(variables: Mapping[str, np.ndarray], prefix: str = "") -> list[int]:
    """Sizes 4, 8, ... up to the largest block in names such as ``64x64/Conv1/weight``."""
    found = [
        int(match.group(1))
        for name in variables
        if (match := re.match(rf"{prefix}(\d{{1,6}})x\1/(Conv|Dense|Const)", name))
    ]
    return [4 << i for i in range(max(1, max(found, default=4).bit_length() - 2))]


def block_sizes(variables: Mapping[str, np.ndarray], prefix: str = "") -> list[str]:
    """Names of the blocks, ``4x4``, ``8x8``...; in forks for rectangles ``5x3``, ``10x6``... (rows first)."""
    found = {
        (int(match.group(1)), int(match.group(2)))
        for name in variables
        if (match := re.match(rf"{prefix}([1-9]\d{{0,4}})x([1-9]\d{{0,4}})/(Conv|Dense|Const)", name))
    }
    first = min(found, default=(4, 4))
    if first[0] == first[1]:
        return [f"{size}x{size}" for size in resolutions(variables, prefix)]
    doublings = max(found)[0] // first[0]
    return [f"{first[0] << i}x{first[1] << i}" for i in range(max(1, doublings.bit_length()))]


def depth_of(variables: Mapping[str, np.ndarray]) -> int:
    """Number of dense layers of the mapping, up to the last one."""
    found = [int(match.group(1)) for name in variables if (match := re.match(r"mapping/Dense(\d{1,3})/", name))]
    return max(found, default=0) + 1


def tensors_of(
    network: TFNetwork, places: Mapping[str, Place], unused: str, name: str, family: str
) -> dict[str, Tensor]:
    """Convert the variables to tensors under resefa's names.

    Args:
        unused: pattern of variables to ignore: the state of growing, and layers that only smaller images used.

    Raises:
        ModelError: a variable is missing, unexpected or has a different number of axes; the message names it.
    """
    tensors: dict[str, Tensor] = {}
    for key, place in places.items():
        array = network.variables.get(key)
        if array is None:
            raise ModelError(f"{name} lacks the variable {key} of a {family}: the file is incomplete.")
        if array.ndim != place.axes:
            raise ModelError(
                f"{name}: the variable {key} has shape {array.shape}; expected {place.axes} axes: "
                "download the file again."
            )
        try:
            converted = np.asarray(place.convert(array), order="C")
        except ValueError as error:
            raise ModelError(
                f"{name}: the variable {key} has shape {array.shape}, which is impossible in a {family}: download the file again."
            ) from error
        # Arrays on a file's bytes are read-only, but PyTorch needs writable ones.
        tensors[place.key] = torch.from_numpy(converted if converted.flags.writeable else converted.copy())
    for key in network.variables:
        if key not in places and not re.fullmatch(unused, key):
            raise ModelError(f"{name} has the unexpected variable {shown(key)}, which does not belong to a {family}.")
    return tensors


def recorded(
    reader: Callable[[Mapping[str, Tensor], str, Mapping[str, Any] | None], CheckpointRecord],
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    places: Mapping[str, Place],
    name: str,
) -> CheckpointRecord:
    """Record by the family's reader; its messages also give the variable's name in the file.

    Raises:
        ModelError: raised by the reader.
    """
    try:
        return reader(tensors, name, settings)
    except ModelError as error:
        names = {place.key: key for key, place in places.items()}
        words = [
            f"{word} ({names[bare]})" if (bare := word.rstrip(":,.")) in names else word
            for word in str(error).split(" ")
        ]
        raise ModelError(" ".join(words)) from error

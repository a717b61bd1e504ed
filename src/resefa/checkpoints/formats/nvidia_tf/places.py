"""Every variable of a TensorFlow network in its place: what stays behind, and what lacks, is named as the file names it.

TensorFlow keeps kernels as (h, w, inputs, outputs) and dense weights as (inputs, outputs); PyTorch and this project as
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
    """Where a variable goes.

    Attributes:
        key: this project's name of the tensor.
        axes: how many the variable has.
        convert: to the tensor's layout; a view where one will do.
    """

    key: str
    axes: int
    convert: Callable[[np.ndarray], np.ndarray]


def as_is(key: str, axes: int = 1) -> Place:
    return Place(key, axes, lambda a: a)


def dense(key: str) -> Place:
    """(i, o) -> (o, i)."""
    return Place(key, 2, lambda a: a.T)


def kernel(key: str) -> Place:
    """(h, w, i, o) -> (o, i, h, w)."""
    return Place(key, 4, lambda a: a.transpose(3, 2, 0, 1))


def leading(key: str, axes: int) -> Place:
    """(1, ..., h, w) -> (..., h, w), ``axes`` of which are to stay: constants have an axis for images, noise two."""
    return Place(key, 4, lambda a: a.reshape(a.shape[4 - axes :]))


def resolutions(variables: Mapping[str, np.ndarray], prefix: str = "") -> list[int]:
    """4, 8, ... up to the largest block that a name such as ``64x64/Conv1/weight`` names."""
    found = [
        int(match.group(1))
        for name in variables
        if (match := re.match(rf"{prefix}(\d{{1,6}})x\1/(Conv|Dense|Const)", name))
    ]
    return [4 << i for i in range(max(1, max(found, default=4).bit_length() - 2))]


def block_sizes(variables: Mapping[str, np.ndarray], prefix: str = "") -> list[str]:
    """The blocks as the variables name them, ``4x4``, ``8x8``...; of forks for rectangles ``5x3``, ``10x6``... (rows first)."""
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
    """How many dense layers the mapping has, counted to the last."""
    found = [int(match.group(1)) for name in variables if (match := re.match(r"mapping/Dense(\d{1,3})/", name))]
    return max(found, default=0) + 1


def tensors_of(
    network: TFNetwork, places: Mapping[str, Place], unused: str, name: str, family: str
) -> dict[str, Tensor]:
    """The tensors under this project's names.

    Args:
        unused: pattern of the variables that carry nothing: the growing's state, and what only smaller images used.

    Raises:
        ModelError: naming the first variable that is missing, left over or of another number of axes.
    """
    tensors: dict[str, Tensor] = {}
    for key, place in places.items():
        array = network.variables.get(key)
        if array is None:
            raise ModelError(f"{name} lacks the variable {key}, which a {family} has: the file is incomplete.")
        if array.ndim != place.axes:
            raise ModelError(
                f"{name}: the variable {key} is of shape {array.shape}, but one of {place.axes} axes was expected: "
                "get the file anew."
            )
        try:
            converted = np.asarray(place.convert(array), order="C")
        except ValueError as error:
            raise ModelError(
                f"{name}: the variable {key} is of shape {array.shape}, which no {family} has: get the file anew."
            ) from error
        # Arrays made straight from a file's bytes cannot be written to, which PyTorch asks for.
        tensors[place.key] = torch.from_numpy(converted if converted.flags.writeable else converted.copy())
    for key in network.variables:
        if key not in places and not re.fullmatch(unused, key):
            raise ModelError(f"{name} has the variable {shown(key)}, which a {family} has no place for.")
    return tensors


def recorded(
    reader: Callable[[Mapping[str, Tensor], str, Mapping[str, Any] | None], CheckpointRecord],
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    places: Mapping[str, Place],
    name: str,
) -> CheckpointRecord:
    """The reader's record; where it refuses a tensor, the file's own name for it stands beside.

    Raises:
        ModelError: as the reader does.
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

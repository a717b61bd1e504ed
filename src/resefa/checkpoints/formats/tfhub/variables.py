"""Variables of a TF-Hub module with their averages, and constants of its graph, evaluated without running the graph.

A TensorFlow session would run the whole graph, which may write files. Only three kinds of node are evaluated here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resefa.errors import ModelError

_AVERAGED = re.compile(r"(.+)/ema_[^/]+")
_WEIGHTS = ("w", "b", "gamma", "beta", "scale", "offset")


class Variables:
    """Variables by name, with or without the graph's scope ``module/``.

    Each trained weight ``x/w`` has a running average, ``x/w/ema_0.9999``, which is used, as in both reference conversions.
    """

    def __init__(self, variables: Mapping[str, np.ndarray], name: str) -> None:
        self._variables = variables
        self.name = name
        self._keys = {key.removeprefix("module/"): key for key in variables}
        self._averages = {found[1]: key for key in self._keys if (found := _AVERAGED.fullmatch(key))}
        self._taken: set[str] = set()
        self.averaged = bool(self._averages)

    def __contains__(self, key: str) -> bool:
        return key in self._keys or key in self._averages

    def weight(self, key: str, axes: int | None = None) -> Tensor:
        """Averaged weight if the module has averages, with ``axes`` axes if given, in TensorFlow's layout, outputs last.

        Raises:
            ModelError: the variable is missing or has a different number of axes.
        """
        stored = self._averages.get(key, f"{key}/ema_...") if self.averaged else key
        self._taken.add(stored)
        return self.value(stored, axes)

    def value(self, key: str, axes: int | None = None) -> Tensor:
        """Value of a variable, not averaged.

        Raises:
            ModelError: the variable is missing or has a different number of axes.
        """
        if key not in self._keys:
            raise ModelError(f"{self.name} lacks the variable {key}: the folder is incomplete.")
        array = np.asarray(self._variables[self._keys[key]])
        if array.dtype.kind != "f":
            raise ModelError(f"{self.name}: the variable {key} has type {array.dtype}; expected numbers.")
        if axes is not None and array.ndim != axes:
            raise ModelError(f"{self.name}: the variable {key} has shape {array.shape}; expected {axes} axes.")
        # TensorFlow's arrays may be read-only, and torch warns about those.
        return torch.from_numpy(np.array(array, dtype=np.float64 if array.dtype.itemsize == 8 else np.float32))

    def check_all_used(self) -> None:
        """Raise ModelError if a weight was not used.

        Power vectors, statistics, counters and weights before averaging do not count.

        Raises:
            ModelError: a weight was not used; the message names it.
        """
        if self.averaged:
            left = [key for key in self._averages.values() if key not in self._taken]
        else:
            left = [key for key in self._keys if key.rpartition("/")[2] in _WEIGHTS and key not in self._taken]
        if left:
            raise ModelError(
                f"{self.name} has the unexpected variable {min(left)}: this variant of the network is not supported."
            )


def dense(weight: Tensor) -> Tensor:
    """Dense weight: (inputs, outputs) -> (outputs, inputs)."""
    return weight.t().contiguous()


def convolution(weight: Tensor) -> Tensor:
    """Kernel: (k, k, inputs, outputs) -> (outputs, inputs, k, k)."""
    return weight.permute(3, 2, 0, 1).contiguous()


_DEEPEST = 32
_LARGEST = 1 << 22


def constants(
    nodes: Iterable[Any], wanted: Iterable[str], decode: Callable[[Any], np.ndarray], name: str
) -> dict[str, np.ndarray]:
    """Values of constant nodes by name.

    Args:
        nodes: nodes of a ``GraphDef``, with ``name``, ``op``, ``input`` and ``attr``.
        decode: function from a ``TensorProto`` to an array.

    Raises:
        ModelError: a node is missing, or is not a constant or a stack of constants.
    """
    by_name = {node.name: node for node in nodes}

    def constant(key: str, left: int) -> np.ndarray:
        """Value of a constant, through at most ``left`` identity nodes."""
        node = found(key)
        if node.op == "Identity" and node.input and left:
            return constant(node.input[0], left - 1)
        if node.op != "Const":
            raise ModelError(
                f"{name}: the node {key} of its graph is a {node.op}; expected a constant: the file is damaged or not a supported network."
            )
        tensor = node.attr["value"].tensor
        # A constant may claim a large shape filled with a single number.
        if math.prod(dimension.size for dimension in tensor.tensor_shape.dim) > _LARGEST:
            raise ModelError(
                f"{name}: the constant {key} of its graph has more than {_LARGEST} numbers: the file is damaged."
            )
        return np.asarray(decode(tensor))

    def found(key: str) -> Any:
        key = key.removesuffix(":0")
        if key not in by_name:
            raise ModelError(f"{name} lacks the constant {key} in its graph: the folder is incomplete.")
        return by_name[key]

    def value(key: str) -> np.ndarray:
        node = found(key)
        if node.op != "Pack":
            return constant(key, _DEEPEST)
        # "^name" only orders execution and has no value.
        rows = [constant(source, _DEEPEST) for source in node.input if not source.startswith("^")]
        try:
            return np.stack(rows, axis=int(node.attr["axis"].i))
        except ValueError as error:
            raise ModelError(
                f"{name}: the node {key} of its graph stacks constants of different shapes: the file is damaged."
            ) from error

    return {key: value(key) for key in wanted}

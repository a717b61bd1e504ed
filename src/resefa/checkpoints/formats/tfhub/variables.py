"""The variables of a TF-Hub module, each asked for once, and the averaged one of each weight."""

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
    """By name, with or without the scope ``module/`` that a graph puts before them.

    Beside each trained weight ``x/w`` stands its running average, ``x/w/ema_0.9999``; that is the one to use, as both of the
    reference conversions do.
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
        """Its average where the module has averages, of ``axes`` axes where that is said; in the order of TensorFlow, outputs last.

        Raises:
            ModelError: it is missing or of another shape.
        """
        stored = self._averages.get(key, f"{key}/ema_...") if self.averaged else key
        self._taken.add(stored)
        return self.value(stored, axes)

    def value(self, key: str, axes: int | None = None) -> Tensor:
        """A variable as it is.

        Raises:
            ModelError: it is missing or of another shape.
        """
        if key not in self._keys:
            raise ModelError(
                f"{self.name} lacks the variable {key}, which this generator has: the folder is incomplete."
            )
        array = np.asarray(self._variables[self._keys[key]])
        if array.dtype.kind != "f":
            raise ModelError(f"{self.name}: the variable {key} is of type {array.dtype}, but numbers were expected.")
        if axes is not None and array.ndim != axes:
            raise ModelError(
                f"{self.name}: the variable {key} is of shape {array.shape}, but {axes} axes were expected."
            )
        # TensorFlow's arrays may be read-only, which torch warns of.
        return torch.from_numpy(np.array(array, dtype=np.float64 if array.dtype.itemsize == 8 else np.float32))

    def finish(self) -> None:
        """Refuse weights that no one asked for.

        Power vectors, statistics, counters and the weights that were averaged are no weights of the network.

        Raises:
            ModelError: naming the first that is left over.
        """
        if self.averaged:
            left = [key for key in self._averages.values() if key not in self._taken]
        else:
            left = [key for key in self._keys if key.rpartition("/")[2] in _WEIGHTS and key not in self._taken]
        if left:
            raise ModelError(f"{self.name} has the variable {min(left)}, which this generator has no place for.")


def dense(weight: Tensor) -> Tensor:
    """(inputs, outputs) -> (outputs, inputs)."""
    return weight.t().contiguous()


def convolution(weight: Tensor) -> Tensor:
    """(k, k, inputs, outputs) -> (outputs, inputs, k, k)."""
    return weight.permute(3, 2, 0, 1).contiguous()


_DEEPEST = 32
_LARGEST = 1 << 22


def constants(
    nodes: Iterable[Any], wanted: Iterable[str], decode: Callable[[Any], np.ndarray], name: str
) -> dict[str, np.ndarray]:
    """The values of the nodes of these names.

    Args:
        nodes: of a ``GraphDef``: with ``name``, ``op``, ``input`` and ``attr``.
        decode: a ``TensorProto`` to an array.

    Raises:
        ModelError: a node is missing, or depends on more than constants that are stacked.
    """
    by_name = {node.name: node for node in nodes}

    def constant(key: str, left: int) -> np.ndarray:
        """Of a constant, through at most ``left`` nodes that pass it on."""
        node = found(key)
        if node.op == "Identity" and node.input and left:
            return constant(node.input[0], left - 1)
        if node.op != "Const":
            raise ModelError(f"{name}: the node {key} of its graph is no constant ({node.op}): it is not evaluated.")
        tensor = node.attr["value"].tensor
        # A constant may claim a shape that a single number fills.
        if math.prod(dimension.size for dimension in tensor.tensor_shape.dim) > _LARGEST:
            raise ModelError(
                f"{name}: the constant {key} of its graph has more than {_LARGEST} numbers: it is damaged."
            )
        return np.asarray(decode(tensor))

    def found(key: str) -> Any:
        key = key.removesuffix(":0")
        if key not in by_name:
            raise ModelError(
                f"{name} lacks the constant {key} in its graph, which this generator has: the folder is incomplete."
            )
        return by_name[key]

    def value(key: str) -> np.ndarray:
        node = found(key)
        if node.op != "Pack":
            return constant(key, _DEEPEST)
        # "^name" is an order of execution, no value.
        rows = [constant(source, _DEEPEST) for source in node.input if not source.startswith("^")]
        try:
            return np.stack(rows, axis=int(node.attr["axis"].i))
        except ValueError as error:
            raise ModelError(
                f"{name}: the node {key} of its graph stacks constants of different shapes: it is damaged."
            ) from error

    return {key: value(key) for key in wanted}

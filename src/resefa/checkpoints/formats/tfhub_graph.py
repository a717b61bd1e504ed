"""Constants of a TensorFlow graph, worked out without running it.

A session would run whatever the file's graph asks for, which may write files. Only three kinds of node are followed here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from resefa.errors import ModelError

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

"""Every tensor of a file in its place: none missing, none left over, each of the shape that the others imply."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from resefa.errors import ModelError


def placed(
    tensors: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]], name: str, family: str
) -> dict[str, Tensor]:
    """The tensors in the order of ``shapes``.

    Raises:
        ModelError: naming the first tensor that is missing, left over or of another shape.
    """
    for key, shape in shapes.items():
        if key not in tensors:
            raise ModelError(f"{name} lacks the tensor {key}, which a {family} has: the file is incomplete.")
        found = tuple(tensors[key].shape)
        if found != tuple(shape):
            raise ModelError(f"{name}: the tensor {key} is of shape {found}, but the others imply {tuple(shape)}.")
    for key in tensors:
        if key not in shapes:
            raise ModelError(f"{name} has the tensor {key}, which this {family} has no place for.")
    return {key: tensors[key] for key in shapes}

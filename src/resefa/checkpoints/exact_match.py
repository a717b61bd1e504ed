"""Every tensor finds its place: the check that ends each reader."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from resefa.errors import ModelError


def require_exactly(
    tensors: Mapping[str, Tensor], expected: Mapping[str, tuple[int, ...]], name: str, family: str
) -> None:
    """Compare names and shapes with those that the inferred configuration asks for.

    Raises:
        ModelError: a tensor is missing, left over or of another shape; the sentence names the first one.
    """
    for key, shape in expected.items():
        if key not in tensors:
            raise ModelError(f"{name} is read as {family}, but its tensor {key} of shape {shape} is missing.")
        if tuple(tensors[key].shape) != tuple(shape):
            raise ModelError(
                f"{name} is read as {family}, but its tensor {key} has shape {tuple(tensors[key].shape)} where "
                f"{tuple(shape)} was expected."
            )
    left = [key for key in tensors if key not in expected]
    if left:
        rest = f" and {len(left) - 1} more" if len(left) > 1 else ""
        raise ModelError(f"{name} is read as {family}, but its tensor {left[0]}{rest} has no place in it.")


def shape_of(tensors: Mapping[str, Tensor], key: str, ndim: int, name: str, family: str) -> tuple[int, ...]:
    """Shape of a tensor that the configuration is inferred from.

    Raises:
        ModelError: it is missing or has another number of axes.
    """
    if key not in tensors:
        raise ModelError(f"{name} is read as {family}, but its tensor {key} is missing.")
    if tensors[key].ndim != ndim:
        raise ModelError(
            f"{name} is read as {family}, but its tensor {key} has {tensors[key].ndim} axes where {ndim} were expected."
        )
    return tuple(tensors[key].shape)

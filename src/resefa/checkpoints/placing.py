"""Every tensor of a file in its place: none missing, none left over, each of the shape that the others imply."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from resefa.errors import ModelError


def numbers(tensors: Mapping[str, Tensor], pattern: str, name: str, family: str) -> list[int]:
    """Those that the names' beginnings hold in the place of ``(\\d+)``, in rising order.

    Raises:
        ModelError: there are none.
    """
    found = sorted({int(match.group(1)) for key in tensors if (match := re.match(pattern, key))})
    if not found:
        like = pattern.replace("\\", "").replace("(d+)", "4").rstrip(".")
        raise ModelError(f"{name} has no tensor such as {like}: it is no {family}, or its names are unknown.")
    return found


def shape_of(
    tensors: Mapping[str, Tensor], key: str, name: str, family: str, axes: int | None = None
) -> tuple[int, ...]:
    """The shape of a tensor that must be there, of ``axes`` axes where that is said.

    Raises:
        ModelError: it is not.
    """
    if key not in tensors:
        raise ModelError(f"{name} lacks the tensor {key}, which a {family} has: the file is incomplete.")
    shape = tuple(tensors[key].shape)
    if axes is not None and len(shape) != axes:
        raise ModelError(
            f"{name}: the tensor {key} is of shape {shape}, which has not the {axes} axes of a {family}'s."
        )
    return shape


def refuse_other(settings: Mapping[str, Any], built: Mapping[str, Any], name: str) -> None:
    """Refuse settings that differ from the one value that the networks are built with.

    Raises:
        ModelError: naming the setting and both values.
    """
    for key, wanted in built.items():
        given = settings.get(key, wanted)
        given = list(given) if isinstance(given, tuple) else given
        if given != wanted:
            raise ModelError(f"{name} was made with {key} {given}: only {wanted} is built.")


def placed(
    tensors: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]], name: str, family: str
) -> dict[str, Tensor]:
    """The tensors in the order of ``shapes``.

    Raises:
        ModelError: naming the first tensor that is missing, left over or of another shape.
    """
    for key, shape in shapes.items():
        found = shape_of(tensors, key, name, family)
        if found != tuple(shape):
            raise ModelError(f"{name}: the tensor {key} is of shape {found}, but the others imply {tuple(shape)}.")
    for key in tensors:
        if key not in shapes:
            raise ModelError(f"{name} has the tensor {key}, which this {family} has no place for.")
    return {key: tensors[key] for key in shapes}

"""Every tensor of a file in its place: none missing, none left over, each of the shape that the others imply."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from resefa.errors import ModelError, printable

_MOST_PARTS = 64
"""Blocks or layers of a network. Sides double with each block: a file that names thousands asks for memory, not for images."""
_PLAIN = (str, int, float, bool, type(None))


def numbers(tensors: Mapping[str, Tensor], pattern: str, name: str, family: str) -> list[int]:
    """Those that the names' beginnings hold in the place of ``(\\d+)``, in rising order.

    Raises:
        ModelError: there are none, or more than any network has.
    """
    # Nine digits at most: numbers are names here, and the longest would take memory of their own.
    pattern = pattern.replace(r"(\d+)", r"([0-9]{1,9})")
    found = sorted({int(match.group(1)) for key in tensors if (match := re.match(pattern, key))})
    if len(found) > _MOST_PARTS:
        raise ModelError(
            f"{name} has {len(found)} blocks or layers up to number {found[-1]}: a {family} has at most {_MOST_PARTS}."
        )
    if not found:
        like = pattern.replace("\\", "").replace("([0-9]{1,9})", "4").rstrip(".")
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
        raise ModelError(f"{name} lacks the tensor {printable(key)}, which a {family} has: the file is incomplete.")
    shape = tuple(tensors[key].shape)
    if axes is not None and len(shape) != axes:
        raise ModelError(
            f"{name}: the tensor {printable(key)} is of shape {shape}, which has not the {axes} axes of a {family}'s."
        )
    if any(length < 1 for length in shape):
        raise ModelError(f"{name}: the tensor {printable(key)} is of shape {shape}, which holds no numbers.")
    return shape


def number_in(settings: Mapping[str, Any], key: str, default: float, name: str) -> float:
    """A setting that must be a finite number.

    Raises:
        ModelError: it is something else.
    """
    given = settings.get(key, default)
    if isinstance(given, (int, float)) and abs(given) < 2**53 and math.isfinite(given):
        return given
    raise ModelError(f"{name} was made with {key} {_written(given)}: a number was expected.")


def _written(value: Any) -> str:
    """A setting in a sentence: whole where it is short and plain, else its type."""
    items = value if isinstance(value, (list, tuple)) else [value]
    short = len(items) <= 8 and all(isinstance(item, _PLAIN) and not _long(item) for item in items)
    return printable(value) if short else f"of type {type(value).__name__}"


def _long(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > 2**64


def refuse_other(settings: Mapping[str, Any], built: Mapping[str, Any], name: str) -> None:
    """Refuse settings that differ from the one value that the networks are built with.

    Raises:
        ModelError: naming the setting and both values.
    """
    for key, wanted in built.items():
        given = settings.get(key, wanted)
        given = list(given) if isinstance(given, tuple) else given
        if not isinstance(given, (*_PLAIN, list)) or given != wanted:
            raise ModelError(f"{name} was made with {key} {_written(given)}: only {wanted} is built.")


def check_claims(settings: Mapping[str, Any], implied: Mapping[str, Any], name: str) -> None:
    """Hold what a file's settings claim against what its tensors imply; settings that are there alone.

    Raises:
        ModelError: naming the setting and both values.
    """
    for key, found in implied.items():
        given = settings.get(key)
        kinds = bool if isinstance(found, bool) else str if isinstance(found, str) else (int, float)
        if found is not None and isinstance(given, kinds) and given != found:
            raise ModelError(f"{name} claims {key} {_written(given)}, but its tensors imply {found}.")


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
            raise ModelError(
                f"{name}: the tensor {printable(key)} is of shape {found}, but the others imply {tuple(shape)}."
            )
    for key in tensors:
        if key not in shapes:
            raise ModelError(f"{name} has the tensor {printable(key)}, which this {family} has no place for.")
    return {key: tensors[key] for key in shapes}

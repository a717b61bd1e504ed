"""Checks that all checkpoint readers share: names and shapes of tensors, values of settings."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from resefa.errors import ModelError, printable

_MOST_PARTS = 64
"""Most blocks or layers of a network. Sides double with each block, so a hostile file with more would exhaust memory."""
_PLAIN = (str, int, float, bool, type(None))


def numbers(tensors: Mapping[str, Tensor], pattern: str, name: str, family: str) -> list[int]:
    """Numbers at ``(\\d+)`` of a pattern that tensor names begin with, in rising order.

    Raises:
        ModelError: no name matches, or more numbers than any network has.
    """
    # At most nine digits: longer numbers in names would exhaust memory.
    pattern = pattern.replace(r"(\d+)", r"([0-9]{1,9})")
    found = sorted({int(match.group(1)) for key in tensors if (match := re.match(pattern, key))})
    if len(found) > _MOST_PARTS:
        raise ModelError(
            f"{name} has {len(found)} blocks or layers up to number {found[-1]}, but a {family} has at most {_MOST_PARTS}."
        )
    if not found:
        like = pattern.replace("\\", "").replace("([0-9]{1,9})", "4").rstrip(".")
        raise ModelError(
            f"{name} has no tensor with a name such as {like}: it is not a {family}, or its tensors are named differently."
        )
    return found


def shape_of(
    tensors: Mapping[str, Tensor], key: str, name: str, family: str, axes: int | None = None
) -> tuple[int, ...]:
    """Shape of a required tensor, with ``axes`` axes if given.

    Raises:
        ModelError: the tensor is missing, empty or has a different number of axes.
    """
    if key not in tensors:
        raise ModelError(f"{name} lacks the tensor {printable(key)} of a {family}: the file is incomplete.")
    shape = tuple(tensors[key].shape)
    if axes is not None and len(shape) != axes:
        raise ModelError(
            f"{name}: the tensor {printable(key)} has shape {shape}; expected {axes} axes, as in every {family}."
        )
    if any(length < 1 for length in shape):
        raise ModelError(
            f"{name}: the tensor {printable(key)} has shape {shape}, so it is empty: download the file again."
        )
    return shape


def number_in(settings: Mapping[str, Any], key: str, default: float, name: str) -> float:
    """A setting that must be a finite number.

    Raises:
        ModelError: the setting is not a finite number.
    """
    given = settings.get(key, default)
    if isinstance(given, (int, float)) and abs(given) < 2**53 and math.isfinite(given):
        return given
    raise ModelError(f"{name} has the setting {key} {_written(given)}; expected a finite number.")


def _written(value: Any) -> str:
    """Text of a setting for a message: its value if short and plain, else its type."""
    items = value if isinstance(value, (list, tuple)) else [value]
    short = len(items) <= 8 and all(isinstance(item, _PLAIN) and not _long(item) for item in items)
    return printable(value) if short else f"of type {type(value).__name__}"


def _long(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > 2**64


def refuse_other(settings: Mapping[str, Any], built: Mapping[str, Any], name: str) -> None:
    """Refuse settings that differ from the only supported value.

    Raises:
        ModelError: a setting differs; the message names it and both values.
    """
    for key, wanted in built.items():
        given = settings.get(key, wanted)
        given = list(given) if isinstance(given, tuple) else given
        if not isinstance(given, (*_PLAIN, list)) or given != wanted:
            raise ModelError(f"{name} was trained with {key} {_written(given)}, but only {wanted} is supported.")


def check_claims(settings: Mapping[str, Any], implied: Mapping[str, Any], name: str) -> None:
    """Check the settings in a file against the values that its tensors imply; absent settings are skipped.

    Raises:
        ModelError: a setting differs; the message names it and both values.
    """
    for key, found in implied.items():
        given = settings.get(key)
        kinds = bool if isinstance(found, bool) else str if isinstance(found, str) else (int, float)
        if found is not None and isinstance(given, kinds) and given != found:
            raise ModelError(f"{name} states {key} {_written(given)}, but its tensors imply {found}.")


def placed(
    tensors: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]], name: str, family: str
) -> dict[str, Tensor]:
    """Check names and shapes of all tensors, and return them in the order of ``shapes``.

    Raises:
        ModelError: a tensor is missing, unexpected or of a different shape; the message names it.
    """
    for key, shape in shapes.items():
        found = shape_of(tensors, key, name, family)
        if found != tuple(shape):
            raise ModelError(
                f"{name}: the tensor {printable(key)} has shape {found}, but the other tensors imply {tuple(shape)}."
            )
    for key in tensors:
        if key not in shapes:
            raise ModelError(
                f"{name} has the unexpected tensor {printable(key)}, which does not belong to this {family}."
            )
    return {key: tensors[key] for key in shapes}

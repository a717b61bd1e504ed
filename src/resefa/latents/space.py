"""Latent spaces: the name of a space, the shape of its codes, and the shapes of arrays that it accepts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from resefa.errors import LatentError, printable
from resefa.latents.code import LatentCode


@dataclass(frozen=True)
class LatentSpace:
    """A latent space of a generator.

    Attributes:
        name: the field's name: ``"Z"``, ``"W"``, ``"W+"``, ``"S"``.
        shape: shape of a code as the network takes it, for example (100,) or (18, 512).
    """

    name: str
    shape: tuple[int, ...]

    @property
    def dimensions(self) -> int:
        """The number n of dimensions of a flattened code."""
        return prod(self.shape)

    def checked(self, code: LatentCode, model: str) -> LatentCode:
        """Check that a code lies in this space, and return it; ``model`` is the model's name, for messages.

        Raises:
            LatentError: a code of another space or size.
        """
        if code.space != self.name:
            raise LatentError(
                f"The latent code lies in {printable(code.space, 40)}, but {model} expects a code in {self.name}; sample a code from this model."
            )
        if code.values.shape[1] != self.dimensions:
            raise LatentError(
                f"The latent code has {code.values.shape[1]} dimensions, but {self.name} of {model} has {self.dimensions}; use the model of the code, or sample a code from this model."
            )
        return code


class HasSpaces(Protocol):
    """Protocol of an object with a name and latent spaces, the default space first."""

    @property
    def name(self) -> str: ...

    @property
    def spaces(self) -> Mapping[str, LatentSpace]: ...


def counts(
    shape: Sequence[int], spaces: Mapping[str, LatentSpace], among: Collection[str] | None = None
) -> dict[str, int]:
    """Space -> the number of codes in an array with this shape, for the spaces that fit.

    A space of shape s and n = prod(s) accepts s and (n,) as a single code, and (b, *s) and (b, n) as b codes, with
    additional axes of length 1 as in convolutional generators: (b, n, 1, 1).

    Args:
        shape: the array's.
        spaces: the generator's.
        among: names of the spaces to consider, None for all.
    """
    found: dict[str, int] = {}
    for name, space in spaces.items():
        if among is not None and name not in among:
            continue
        if tuple(shape) in (space.shape, (space.dimensions,)):
            found[name] = 1
        elif len(shape) > 1 and _without_ones(shape[1:]) in (
            _without_ones(space.shape),
            _without_ones((space.dimensions,)),
        ):
            found[name] = shape[0]
    return found


def given_code(code: Any, generator: HasSpaces, space: str | None = None) -> LatentCode:
    """Convert an array with a shape accepted by ``counts`` to a LatentCode; a LatentCode is checked and returned.

    Args:
        space: the space of an array that fits several spaces; None prefers the generator's default.

    Raises:
        LatentError: another type; an array that fits no space; or an array that may be a single code with a row per layer
            as well as several codes.
    """
    if isinstance(code, LatentCode):
        return code
    values = _tensor(code)
    space = space or next(iter(generator.spaces))
    fitting = counts(values.shape, generator.spaces)
    if len(fitting) > 1 and len(set(fitting.values())) > 1:
        meanings = " or ".join(f"{count} of {name}" for name, count in fitting.items())
        raise LatentError(
            f"Latent codes with shape {tuple(values.shape)} may be {meanings} of {generator.name}; give resefa.LatentCode(values, space), with values (codes, dimensions) or, in W+, (codes, layers, dimensions)."
        )
    chosen = space if space in fitting else next(iter(fitting), None)
    if chosen is None:
        raise LatentError(
            f"A latent code with shape {tuple(values.shape)} fits no space of {generator.name}; {accepted(generator.spaces)}."
        )
    return LatentCode(values.reshape(fitting[chosen], -1), chosen)


def accepted(spaces: Mapping[str, LatentSpace]) -> str:
    """The shapes of codes that a generator accepts, as the end of a message."""
    shapes: list[str] = []
    for name, space in spaces.items():
        flat = f"(codes, {space.dimensions})"
        whole = f"(codes, {', '.join(map(str, space.shape))})"
        shapes.append(f"{name} {flat}" if flat == whole else f"{name} {whole} or {flat}")
    return f"give {'; '.join(shapes)}"


def _tensor(code: Any) -> Tensor:
    if isinstance(code, int) and not isinstance(code, bool):
        raise LatentError(
            f"{printable(code, 20)} is not a latent code; for the code of a seed give generator.sample({printable(code, 20)})."
        )
    try:
        if not isinstance(code, Tensor | np.ndarray | list | tuple):
            raise TypeError("no array")
        values = code if isinstance(code, Tensor) else torch.as_tensor(np.asarray(code))
    except (TypeError, ValueError, RuntimeError) as error:
        raise LatentError(
            f"A value of type {type(code).__name__} is not a latent code; give a resefa.LatentCode, for example "
            "generator.sample(7), or an array of numbers."
        ) from error
    if not values.is_floating_point() or not values.ndim:
        raise LatentError(
            f"Values with shape {tuple(values.shape)} and type {values.dtype} are not latent codes; give floating-point numbers, for example generator.sample(7)."
        )
    return values


def _without_ones(shape: Sequence[int]) -> tuple[int, ...]:
    kept = tuple(length for length in shape if length != 1)
    return kept if kept else (1,) if prod(shape) == 1 else ()

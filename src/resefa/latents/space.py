"""What a latent space is: its name, its shape, how codes are drawn in it."""

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
    """One latent space of a generator.

    Attributes:
        name: the field's letter: ``"Z"``, ``"W"``, ``"W+"``, ``"S"``.
        shape: shape of one code as the network takes it, for example (100,) or (18, 512).
    """

    name: str
    shape: tuple[int, ...]

    @property
    def dimensions(self) -> int:
        """n, the number of latent dimensions once flattened."""
        return prod(self.shape)

    def checked(self, code: LatentCode, model: str) -> LatentCode:
        """The code itself, if it is one of this space.

        Raises:
            LatentError: it is of another space or size.
        """
        if code.space != self.name:
            raise LatentError(f"{model} expects a code of {self.name}, not of {printable(code.space, 40)}.")
        if code.values.shape[1] != self.dimensions:
            raise LatentError(
                f"The code has {code.values.shape[1]} dimensions, but {model} has {self.dimensions} in "
                f"{self.name}: sample one with generator.sample(seed=...) or use the model it was made for."
            )
        return code


class HasSpaces(Protocol):
    """What is asked of a generator here: its name and its latent spaces, the default one first."""

    name: str

    @property
    def spaces(self) -> Mapping[str, LatentSpace]: ...


def counts(
    shape: Sequence[int], spaces: Mapping[str, LatentSpace], among: Collection[str] | None = None
) -> dict[str, int]:
    """How many codes an array of this shape is in each space that it fits.

    A space of shape s and n = prod(s) takes s and (n,), one code, and (b, *s), (b, n) and either with axes of 1 behind or
    between, as convolutional generators have them: (b, n, 1, 1).
    """
    found = {}
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
    """A code as a caller gives it: a LatentCode, or an array of any shape in ``counts``.

    Args:
        space: the space of an array that fits several; default the generator's first.

    Raises:
        LatentError: it is nothing of the kind, fits no space of the generator, or may be one code with a row for each layer as
            well as several codes.
    """
    if isinstance(code, LatentCode):
        return code
    values = _tensor(code)
    space = space or next(iter(generator.spaces))
    fitting = counts(values.shape, generator.spaces)
    if len(fitting) > 1 and len(set(fitting.values())) > 1:
        ways = " or ".join(f"{count} of {name}" for name, count in fitting.items())
        raise LatentError(
            f"Codes of shape {tuple(values.shape)} may be {ways} of {generator.name}; say which with "
            "resefa.LatentCode(values, space): (codes, dimensions) or, in W+, (codes, layers, dimensions)."
        )
    chosen = space if space in fitting else next(iter(fitting), None)
    if chosen is None:
        raise LatentError(
            f"A code of shape {tuple(values.shape)} fits no space of {generator.name}; {accepted(generator.spaces)}."
        )
    return LatentCode(values.reshape(fitting[chosen], -1), chosen)


def accepted(spaces: Mapping[str, LatentSpace]) -> str:
    """The shapes that a generator takes, in words."""
    shapes = []
    for name, space in spaces.items():
        flat = f"(codes, {space.dimensions})"
        whole = f"(codes, {', '.join(map(str, space.shape))})"
        shapes.append(f"{name} {flat}" if flat == whole else f"{name} {whole} or {flat}")
    return f"give {'; '.join(shapes)}"


def _tensor(code: Any) -> Tensor:
    if isinstance(code, int) and not isinstance(code, bool):
        raise LatentError(
            f"{printable(code, 20)} is not a latent code; generator.sample(seed=...) makes one of a seed."
        )
    try:
        if not isinstance(code, Tensor | np.ndarray | list | tuple):
            raise TypeError("no array")
        values = code if isinstance(code, Tensor) else torch.as_tensor(np.asarray(code))
    except (TypeError, ValueError, RuntimeError) as error:
        raise LatentError(
            f"A value of type {type(code).__name__} is not a latent code; give generator.sample(seed=7), resefa.LatentCode or an array of numbers."
        ) from error
    if not values.is_floating_point() or not values.ndim:
        raise LatentError(
            f"Values of shape {tuple(values.shape)} and type {values.dtype} are not a latent code; give floating-point numbers, for example "
            "generator.sample(seed=7)."
        )
    return values


def _without_ones(shape: Sequence[int]) -> tuple[int, ...]:
    kept = tuple(length for length in shape if length != 1)
    return kept if kept else (1,) if prod(shape) == 1 else ()

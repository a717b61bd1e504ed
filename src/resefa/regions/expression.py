"""A region's expression: what every node of it can do, and the set algebra on weights.

Union is the maximum, intersection the minimum, inversion ``1 - a`` and difference ``min(a, 1 - b)``: the standard
fuzzy-set operators (Zadeh, Fuzzy sets, 1965). They are idempotent and obey De Morgan's laws, also on soft weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import torch

from resefa.errors import RegionError
from resefa.types import PixelWeights

# Rasterising recurses; Python's own limit would end in a traceback.
DEEPEST = 100


class Expression(ABC):
    """An immutable description of weights per pixel, known once the image's size is."""

    # How tightly the text form binds: sums 1, intersections 2, inversions 3, feathering 4, everything else 5.
    binding: ClassVar[int] = 5

    @abstractmethod
    def raster(self, height: int, width: int) -> PixelWeights:
        """The weights on an image of this size: (height, width) float64 in [0, 1]."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The canonical text form."""

    @property
    def depth(self) -> int:
        """How many operations are nested in it."""
        return 0

    def bracketed(self, binding: int) -> str:
        """The text form, in parentheses where it binds less tightly than ``binding``."""
        return self.text if self.binding >= binding else f"({self.text})"


def _depth_over(*parts: Expression) -> int:
    depth = 1 + max(part.depth for part in parts)
    if depth > DEEPEST:
        raise RegionError(
            f"A region nests more than {DEEPEST} operations in one another: build it from fewer parts, or paint a mask."
        )
    return depth


class Operation(Expression):
    """A node over other nodes; its depth is known from the start."""

    _depth: int

    def _nest(self, *parts: Expression) -> None:
        object.__setattr__(self, "_depth", _depth_over(*parts))

    @property
    def depth(self) -> int:
        return self._depth


@dataclass(frozen=True)
class Union(Operation):
    """Pixels of any part: the maximum of their weights."""

    parts: tuple[Expression, ...]
    binding: ClassVar[int] = 1

    def __post_init__(self) -> None:
        self._nest(*self.parts)

    def raster(self, height: int, width: int) -> PixelWeights:
        return reduce(torch.maximum, (part.raster(height, width) for part in self.parts))

    @property
    def text(self) -> str:
        return "+".join(part.bracketed(2) for part in self.parts)


@dataclass(frozen=True)
class Intersection(Operation):
    """Pixels of every part: the minimum of their weights."""

    parts: tuple[Expression, ...]
    binding: ClassVar[int] = 2

    def __post_init__(self) -> None:
        self._nest(*self.parts)

    def raster(self, height: int, width: int) -> PixelWeights:
        return reduce(torch.minimum, (part.raster(height, width) for part in self.parts))

    @property
    def text(self) -> str:
        return "&".join(part.bracketed(3) for part in self.parts)


@dataclass(frozen=True)
class Difference(Operation):
    """Pixels of the base that are in none of the removed parts: ``min(a, 1 - b, 1 - c, ...)``."""

    base: Expression
    removed: tuple[Expression, ...]
    binding: ClassVar[int] = 1

    def __post_init__(self) -> None:
        self._nest(self.base, *self.removed)

    def raster(self, height: int, width: int) -> PixelWeights:
        kept = self.base.raster(height, width)
        for part in self.removed:
            kept = torch.minimum(kept, 1.0 - part.raster(height, width))
        return kept

    @property
    def text(self) -> str:
        return " - ".join(part.bracketed(2) for part in (self.base, *self.removed))


@dataclass(frozen=True)
class Inversion(Operation):
    """Everything else: ``1 - a``."""

    part: Expression
    binding: ClassVar[int] = 3

    def __post_init__(self) -> None:
        self._nest(self.part)

    def raster(self, height: int, width: int) -> PixelWeights:
        return 1.0 - self.part.raster(height, width)

    @property
    def text(self) -> str:
        return f"!{self.part.bracketed(3)}"


def union(first: Expression, second: Expression) -> Expression:
    """``first`` or ``second``; a union of unions is one union, so that grouping makes no difference."""
    return Union((*_parts(first, Union), *_parts(second, Union)))


def intersection(first: Expression, second: Expression) -> Expression:
    """``first`` and ``second``; an intersection of intersections is one intersection."""
    return Intersection((*_parts(first, Intersection), *_parts(second, Intersection)))


def difference(base: Expression, removed: Expression) -> Expression:
    """``base`` without ``removed``; ``(a - b) - c`` is one difference with two removed parts."""
    if isinstance(base, Difference):
        return Difference(base.base, (*base.removed, removed))
    return Difference(base, (removed,))


def inversion(part: Expression) -> Expression:
    """Everything but ``part``; twice inverted is the part itself."""
    return part.part if isinstance(part, Inversion) else Inversion(part)


def _parts(expression: Expression, kind: type[Union] | type[Intersection]) -> tuple[Expression, ...]:
    return expression.parts if isinstance(expression, kind) else (expression,)

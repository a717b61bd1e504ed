"""Region expressions: union, intersection, difference, inversion and feathering.

Union is the maximum, intersection the minimum, inversion ``1 - a`` and difference ``min(a, 1 - b)``: the standard
fuzzy-set operators (Zadeh, Fuzzy sets, 1965). They are idempotent and obey De Morgan's laws, also on soft weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar, cast

import torch
from torch import Tensor

from resefa.errors import RegionError
from resefa.regions.units import FRACTION, PIXEL, checked_unit, finite, written
from resefa.types import PixelWeights

if TYPE_CHECKING:
    from resefa.regions.image_parts import ImageParts

# Rasterising recurses, and Python's recursion limit would raise an unhelpful error.
DEEPEST = 100
# Standard deviations at which the Gaussian is cut off: 6e-5 of its mass lies beyond.
_CUT = 4.0
# Smallest radius in pixels: a narrower Gaussian gives the neighbouring pixel less than half a percent.
_LEAST = 0.3


class Expression(ABC):
    """An immutable expression that gives one weight per pixel for an image of any size."""

    # Precedence in the text form: sums 1, intersections 2, inversions 3, feathering 4, everything else 5.
    binding: ClassVar[int] = 5

    @abstractmethod
    def raster(self, height: int, width: int) -> PixelWeights:
        """The weights for an image of this size: (height, width) float64 in [0, 1]."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The canonical text form."""

    @property
    def depth(self) -> int:
        """The depth of nested operations."""
        return 0

    @property
    def part_names(self) -> frozenset[str]:
        """Names of the parts of the image (``part:mouth``) in the expression; without any, the pixels are those of every image."""
        return frozenset()

    def on(self, parts: ImageParts) -> Expression:
        """The expression on one image: each part of the image is replaced by its pixels there.

        Raises:
            RegionError: the segmenter has no part of this name.
        """
        return self

    def bracketed(self, binding: int) -> str:
        """The text form, in parentheses if its precedence is below ``binding``."""
        return self.text if self.binding >= binding else f"({self.text})"


def _depth_over(*parts: Expression) -> int:
    depth = 1 + max(part.depth for part in parts)
    if depth > DEEPEST:
        raise RegionError(f"The region nests more than {DEEPEST} operations; use fewer operations, or paint a mask.")
    return depth


class Operation(Expression):
    """An expression built from other expressions; it stores its nesting depth and the names of the parts of the image."""

    _depth: int
    _part_names: frozenset[str]

    def _nest(self, *parts: Expression) -> None:
        object.__setattr__(self, "_depth", _depth_over(*parts))
        object.__setattr__(self, "_part_names", frozenset[str]().union(*(part.part_names for part in parts)))

    @property
    def depth(self) -> int:
        return self._depth

    @property
    def part_names(self) -> frozenset[str]:
        return self._part_names

    def on(self, parts: ImageParts) -> Expression:
        if not self.part_names:
            return self
        operation = cast(Any, self)  # every operation is a dataclass
        return replace(operation, **{item.name: _on(getattr(self, item.name), parts) for item in fields(operation)})


def _on(value: Any, parts: ImageParts) -> Any:
    """A field of an operation on one image: an operand, several, or a number."""
    if isinstance(value, tuple):
        return tuple(_on(each, parts) for each in value)
    return value.on(parts) if isinstance(value, Expression) else value


@dataclass(frozen=True)
class Union(Operation):
    """The union of parts: the maximum of their weights."""

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
    """The intersection of parts: the minimum of their weights."""

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
    """The base without the removed parts: ``min(a, 1 - b, 1 - c, ...)``."""

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
    """The pixels outside a part: ``1 - a``."""

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
    """The union of two expressions, flattened if they are unions themselves."""
    return Union((*_parts(first, Union), *_parts(second, Union)))


def intersection(first: Expression, second: Expression) -> Expression:
    """The intersection of two expressions, flattened if they are intersections themselves."""
    return Intersection((*_parts(first, Intersection), *_parts(second, Intersection)))


def difference(base: Expression, removed: Expression) -> Expression:
    """The difference ``base - removed``; ``(a - b) - c`` becomes one difference with two removed parts."""
    if isinstance(base, Difference):
        return Difference(base.base, (*base.removed, removed))
    return Difference(base, (removed,))


def inversion(part: Expression) -> Expression:
    """The inversion ``1 - part``; a double inversion is the part itself."""
    return part.part if isinstance(part, Inversion) else Inversion(part)


def _parts(expression: Expression, kind: type[Union] | type[Intersection]) -> tuple[Expression, ...]:
    return expression.parts if isinstance(expression, kind) else (expression,)


@dataclass(frozen=True)
class Feather(Operation):
    """A part's weights, blurred by a Gaussian with standard deviation ``radius``.

    Near the image's edge the Gaussian is renormalised over the pixels of the image, so that an area of ones stays ones. A
    fraction refers to the image's height on both axes, so that the blur is isotropic.
    """

    part: Expression
    radius: float
    unit: str
    binding: ClassVar[int] = 4

    def __post_init__(self) -> None:
        radius = finite(self.radius, "The feather's radius")
        if radius <= 0:
            raise RegionError(f"The feather's radius is {radius:g}; give a number above 0.")
        object.__setattr__(self, "radius", radius)
        if checked_unit(self.unit) == PIXEL and radius < _LEAST:
            fraction = f"~{written(radius, FRACTION)}"
            raise RegionError(
                f"A feather of {radius:g} pixels has no effect; give at least {_LEAST} pixels, or a fraction of the image's "
                f"height ({fraction})."
            )
        if self.unit == FRACTION and radius > 1:
            raise RegionError(
                f"A feather of {radius:g} times the image's height is too wide; give a fraction up to 1 (100%), or a number of pixels."
            )
        self._nest(self.part)

    def raster(self, height: int, width: int) -> PixelWeights:
        deviation = self.radius * height if self.unit == FRACTION else self.radius
        values = self.part.raster(height, width)
        blurred = _gaussian(height, deviation) @ values @ _gaussian(width, deviation).T
        return blurred.clamp_(0.0, 1.0)

    @property
    def text(self) -> str:
        return f"{self.part.bracketed(4)}~{written(self.radius, self.unit)}"


def _gaussian(size: int, deviation: float) -> Tensor:
    # A convolution with edge normalisation as a matrix: row i is the Gaussian around pixel i, divided by its sum inside
    # the image. One product per axis, at a cost that does not grow with the deviation.
    pixels = torch.arange(size, dtype=torch.float64)
    distance = (pixels[:, None] - pixels[None, :]).abs_()
    kernel = torch.exp(-0.5 * (distance / deviation) ** 2)
    kernel[distance > max(1.0, _CUT * deviation)] = 0.0
    return kernel / kernel.sum(dim=1, keepdim=True)

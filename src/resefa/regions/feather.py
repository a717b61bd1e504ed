"""Feathering: Gaussian softening of a region's weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from resefa.errors import RegionError
from resefa.regions.expression import Expression, Operation
from resefa.regions.quantity import FRACTION, PIXEL, checked_unit, finite, written
from resefa.types import PixelWeights

# The Gaussian is cut off here, in standard deviations: 6e-5 of its mass lies beyond.
_CUT = 4.0
# Pixels: a Gaussian narrower than this gives a neighbour less than half a percent.
_LEAST = 0.3


@dataclass(frozen=True)
class Feather(Operation):
    """The part's weights, softened by a Gaussian of standard deviation ``radius``.

    Near the image's edge the Gaussian is renormalised to the pixels that exist, so an all-ones area stays ones. A
    fraction is one of the image's height and serves both axes, so the softening is round.
    """

    part: Expression
    radius: float
    unit: str
    binding: ClassVar[int] = 4

    def __post_init__(self) -> None:
        radius = finite(self.radius, "The feather's radius")
        if radius <= 0:
            raise RegionError(f"A feather cannot have a radius of {radius:g}; give a number above 0.")
        object.__setattr__(self, "radius", radius)
        if checked_unit(self.unit) == PIXEL and radius < _LEAST:
            share = f"~{written(radius, FRACTION)}"
            raise RegionError(
                f"A feather of {radius:g} pixels softens nothing; did you mean {share} of the image's height (in Python "
                'unit="fraction")? Give at least 0.3 pixels, or leave it out.'
            )
        if self.unit == FRACTION and radius > 1:
            raise RegionError(
                f"A feather of {radius:g} times the image's height leaves no region; give a share up to 1 (100%), or pixels."
            )
        self._nest(self.part)

    def raster(self, height: int, width: int) -> PixelWeights:
        deviation = self.radius * height if self.unit == FRACTION else self.radius
        values = self.part.raster(height, width)
        softened = _gaussian(height, deviation) @ values @ _gaussian(width, deviation).T
        return softened.clamp_(0.0, 1.0)

    @property
    def text(self) -> str:
        return f"{self.part.bracketed(4)}~{written(self.radius, self.unit)}"


def _gaussian(size: int, deviation: float) -> Tensor:
    # A convolution with edge normalisation, written as a matrix: row i holds the Gaussian around pixel i, divided by
    # its sum inside the image. One product per axis, at a cost that does not grow with the deviation.
    pixels = torch.arange(size, dtype=torch.float64)
    distance = (pixels[:, None] - pixels[None, :]).abs_()
    kernel = torch.exp(-0.5 * (distance / deviation) ** 2)
    kernel[distance > max(1.0, _CUT * deviation)] = 0.0
    return kernel / kernel.sum(dim=1, keepdim=True)

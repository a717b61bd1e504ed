"""Growth of a region: its pixels and those within a distance of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from scipy import ndimage

from resefa.errors import RegionError
from resefa.regions.operations import Expression, Operation
from resefa.regions.units import FRACTION, checked_unit, finite, written
from resefa.types import PixelWeights

_INSIDE = 0.5
"""Weight from which a pixel counts as inside."""


@dataclass(frozen=True)
class Growth(Operation):
    """A part with every point within ``distance`` of its pixels: a closed mouth's mask with the space in which it opens.

    Distances are measured from pixels with a weight of at least one half; the weight of a pixel at the new edge is the covered
    fraction along the distance. No weight becomes smaller. A fraction refers to the image's height on both axes.

    Raises:
        RegionError: the distance is not above 0, or above the image's height.
    """

    part: Expression
    distance: float
    unit: str
    binding: ClassVar[int] = 4

    def __post_init__(self) -> None:
        distance = finite(self.distance, "The growth's distance")
        if distance <= 0:
            raise RegionError(f"The growth's distance is {distance:g}; give a number above 0.")
        if checked_unit(self.unit) == FRACTION and distance > 1:
            raise RegionError(
                f"A growth of {distance:g} times the image's height is too wide; give a fraction up to 1 (100%), or a number of pixels."
            )
        object.__setattr__(self, "distance", distance)
        self._nest(self.part)

    def raster(self, height: int, width: int) -> PixelWeights:
        values = self.part.raster(height, width)
        inside = values >= _INSIDE
        if not bool(inside.any()):
            return values
        distance = self.distance * height if self.unit == FRACTION else self.distance
        # From centre to centre: the edge of a pixel inside is half a pixel nearer, that of the pixel itself another half.
        away = torch.from_numpy(ndimage.distance_transform_edt(~inside.numpy()))
        return torch.maximum(values, (distance + 1 - away).clamp_(0.0, 1.0))

    @property
    def text(self) -> str:
        return f"{self.part.bracketed(4)}^{written(self.distance, self.unit)}"

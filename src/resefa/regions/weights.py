"""A rasterised region: how much each pixel counts as edited and as protected."""

from __future__ import annotations

from dataclasses import dataclass

from resefa.pooling import area_average
from resefa.tensor_types import PixelWeights


@dataclass(frozen=True, eq=False)
class RegionWeights:
    """(h, w) float64 weights in [0, 1]; ``edit + protect <= 1``, and what is missing to 1 is ignored."""

    edit: PixelWeights
    protect: PixelWeights

    @property
    def size(self) -> tuple[int, int]:
        return self.edit.shape[0], self.edit.shape[1]

    def resized(self, height: int, width: int) -> RegionWeights:
        """Area-averaged to a coarser grid."""
        edit = area_average(self.edit[None, None], (height, width))[0, 0]
        protect = area_average(self.protect[None, None], (height, width))[0, 0]
        return RegionWeights(edit, protect)

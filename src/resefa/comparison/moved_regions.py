"""A region moved, grown or shrunk by a share of its own size, as a rough hand would have drawn it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from resefa.regions.area import area_averaged
from resefa.regions.region import Region
from resefa.types import PixelWeights

_FINE = 8
"""Sub-pixels per pixel and axis, so that a shift by part of a pixel is one."""


@dataclass(frozen=True)
class Disturbance:
    """``rows`` and ``columns``: shift in heights and widths of the region; ``scale``: of both sides, about its middle."""

    name: str
    amount: float
    rows: float = 0.0
    columns: float = 0.0
    scale: float = 1.0

    def of(self, weights: PixelWeights) -> PixelWeights:
        """(h, w) weights disturbed; what leaves the image is lost."""
        height, width = weights.shape
        fine = weights.numpy().repeat(_FINE, 0).repeat(_FINE, 1)
        marked = np.argwhere(fine > 0.5) if (fine > 0.5).any() else np.argwhere(fine > 0)
        first, last = marked.min(0), marked.max(0) + 1
        middle, extent = (first + last) / 2, last - first
        places = []
        for axis, shift in enumerate((self.rows, self.columns)):
            there = np.arange(fine.shape[axis]) + 0.5
            source = (there - middle[axis] - shift * extent[axis]) / self.scale + middle[axis]
            places.append(np.floor(source).astype(int))
        inside = [(place >= 0) & (place < size) for place, size in zip(places, fine.shape, strict=True)]
        found = fine[np.ix_(*(place.clip(0, size - 1) for place, size in zip(places, fine.shape, strict=True)))]
        found = found * inside[0][:, None] * inside[1][None, :]
        return area_averaged(torch.from_numpy(found), height, width)


def disturbances(amounts: tuple[float, ...]) -> Iterator[Disturbance]:
    """Moved to four sides, grown, and shrunk, by each of the amounts."""
    for amount in amounts:
        yield Disturbance("moved up", amount, rows=-amount)
        yield Disturbance("moved down", amount, rows=amount)
        yield Disturbance("moved left", amount, columns=-amount)
        yield Disturbance("moved right", amount, columns=amount)
        yield Disturbance("grown", amount, scale=1 + amount)
        yield Disturbance("shrunk", amount, scale=1 - amount)


def disturbed(region: Region, disturbance: Disturbance, height: int, width: int) -> Region:
    """The region disturbed on images of this size; what it protects or ignores by name stays where it is."""
    weights = disturbance.of(region.weights(height, width).edit)
    mask = Region.mask(weights.float().numpy())
    return Region(mask.edited, region.protected, region.ignored)

"""How much an image changed, inside a region and outside it. Sees images only."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.types import Image, PixelWeights


@dataclass(frozen=True)
class Change:
    """Mean squared change of a value (pixel and channel alike) on images in [-1, 1], so between 0 and 4.

    Attributes:
        inside: over the edited region.
        outside: over the protected pixels.
    """

    inside: float
    outside: float

    @property
    def ratio(self) -> float:
        """Outside over inside: 0 is perfectly local, 1 is no more local than chance."""
        return self.outside / self.inside if self.inside > 0 else float("inf")


def squared_change(images: Image, originals: Image) -> Tensor:
    """(b, h, w): squared difference, averaged over channels."""
    return (images.double() - originals.double()).square().mean(1)


def weighted_mean(change: Tensor, weights: PixelWeights) -> Tensor:
    """Mean of (b, h, w) over pixels with the given weights: (b,). Zero where no pixel counts."""
    weights = weights.to(change)
    total = weights.sum()
    return (change * weights).sum((-2, -1)) / total if float(total) > 0 else torch.zeros(len(change)).to(change)


def region_change(images: Image, originals: Image, edit: PixelWeights, protect: PixelWeights) -> list[Change]:
    """The change of each image against its original (one original for all, or one each)."""
    change = squared_change(images, originals)
    inside, outside = weighted_mean(change, edit).tolist(), weighted_mean(change, protect).tolist()
    return [Change(i, o) for i, o in zip(inside, outside, strict=True)]

"""Mean squared change of images, inside a region and outside."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.types import Image


@dataclass(frozen=True)
class Change:
    """Mean squared change per value (over pixels and channels) of images in [-1, 1], so between 0 and 4.

    Attributes:
        inside: over the edited region.
        outside: over the protected pixels.
    """

    inside: float
    outside: float

    @property
    def ratio(self) -> float:
        """Change outside divided by change inside: 0 is perfectly local, 1 is not more local than chance."""
        return self.outside / self.inside if self.inside > 0 else float("inf")


def squared_change(images: Image, originals: Image) -> Tensor:
    """Squared difference (b, h, w), averaged over channels."""
    return (images.double() - originals.double()).square().mean(1)


def weighted_mean(change: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean (b,) of a change (b, h, w) over pixels, with weights (h, w) or (b, h, w); zero if all weights are zero."""
    weights = weights.to(change)
    total = weights.sum((-2, -1))
    return torch.where(total > 0, (change * weights).sum((-2, -1)) / total, 0.0)


def region_change(images: Image, originals: Image, edit: Tensor, protect: Tensor) -> list[Change]:
    """Change of each image from its original (one original for all, or one for each), with weights (h, w) or (b, h, w)."""
    change = squared_change(images, originals)
    inside, outside = weighted_mean(change, edit).tolist(), weighted_mean(change, protect).tolist()
    return [Change(i, o) for i, o in zip(inside, outside, strict=True)]

"""The mean of several regions, which stands for a list of regions, one for each image."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from resefa.regions.operations import Expression
from resefa.regions.region import Region
from resefa.types import PixelWeights


@dataclass(frozen=True)
class Mean(Expression):
    """Expressions of several images, whose weights are averaged. The text form is for display; ``Region.parse`` refuses it."""

    members: tuple[Expression, ...]

    def raster(self, height: int, width: int) -> PixelWeights:
        first, *others = (each.raster(height, width) for each in self.members)
        return sum(others, first) / len(self.members)

    @property
    def part_names(self) -> frozenset[str]:
        return frozenset().union(*(each.part_names for each in self.members))

    @property
    def text(self) -> str:
        digest = hashlib.sha256("\n".join(each.text for each in self.members).encode("utf-8", "replace")).hexdigest()
        return f"mean[{len(self.members)} regions sha256:{digest[:8]}]"


def mean_region(regions: Sequence[Region]) -> Region:
    """The mean of one or more regions; equal regions give the region itself.

    Regions protect and ignore what they declare; where some declare nothing, their mean declares nothing.
    """
    first, *others = regions
    if all(each == first for each in others):
        return first
    edited, protected, ignored = (
        [getattr(each, name) for each in regions] for name in ("edited", "protected", "ignored")
    )
    return Region(
        Mean(tuple(edited)),
        None if None in protected else Mean(tuple(protected)),
        None if None in ignored else Mean(tuple(ignored)),
    )

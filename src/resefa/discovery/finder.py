"""What every way of finding directions has in common, so that they can be judged side by side."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from resefa.directions.directions import Directions
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.regions.region import Region


@runtime_checkable
class Finder(Protocol):
    """Finds the ``k`` best directions of a region on the images of the given codes."""

    name: str

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        """Directions, best first."""
        ...

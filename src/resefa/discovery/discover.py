"""``resefa.discover``: the one call from a region to its directions."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from resefa.directions.directions import Directions
from resefa.discovery.region_contrast import RegionContrast
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode, as_code
from resefa.regions.region import Region


def discover(
    generator: Generator, code: LatentCode | Tensor, region: Region | str, *, k: int = 8, **options: Any
) -> Directions:
    """Find the ``k`` latent directions that change ``region`` and leave the rest alone, best first.

    Args:
        generator: from ``resefa.load`` or ``resefa.wrap``.
        code: from ``generator.sample``; several codes give directions that suit all of their images.
        region: a Region, or its text, looked up among the generator's presets.
        options: ``space`` and ``layers`` of the edit, ``tau``, ``solver``, ``tolerance``, ``products``, ``analysis_resolution``, ``memory``, ``cache``,
            ``progress``, ``stored``, ``announce`` of RegionContrast.

    Raises:
        RegionError, LatentError, GeneratorError, SolverError, UsageError: each says what to do next.
    """
    if isinstance(region, str):
        region = Region.parse(region, generator.presets)
    return RegionContrast(**options).find(generator, as_code(code, next(iter(generator.spaces))), region, k=k)

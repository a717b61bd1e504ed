"""``resefa.discover``: the one call from a region to its directions."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from resefa.directions.directions import Directions
from resefa.discovery.finders import DEFAULT, finder
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.shapes import given_code
from resefa.regions.as_region import RegionLike, as_region


def discover(
    generator: Generator,
    code: LatentCode | Tensor,
    region: RegionLike,
    *,
    k: int = 8,
    method: str = DEFAULT,
    **options: Any,
) -> Directions:
    """Find the ``k`` latent directions that change ``region`` and leave the rest alone, best first.

    Args:
        generator: from ``resefa.load`` or ``resefa.wrap``.
        code: from ``generator.sample``; several codes give directions that suit all of their images.
        region: a Region, or what stands for one: its text, whose names are looked up among the generator's presets, the path
            of a mask, a picture, or an array (height, width) of the image's size.
        method: one of ``resefa.discovery.finders.FINDERS``; the default is the paper's.
        options: those of the method, for RegionContrast ``space`` and ``layers`` of the edit, ``tau``, ``solver``, ``tolerance``,
            ``products``, ``analysis_resolution``, ``intermediate``, ``memory``, ``cache``, ``progress``, ``stored``, ``announce``.

    Raises:
        RegionError, LatentError, GeneratorError, SolverError, UsageError: each says what to do next.
    """
    region = as_region(region, generator.presets, generator.resolution)
    return finder(method, **options).find(generator, given_code(code, generator), region, k=k)

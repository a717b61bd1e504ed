"""``resefa.discover``: the one call from a region to its directions."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from resefa.directions.directions import Directions
from resefa.discovery.arguments import checked_code, checked_generator, whole_number
from resefa.generators.protocol import Generator
from resefa.jacobian.operator import load_derivative_rules
from resefa.latents.code import LatentCode
from resefa.methods.registry import DEFAULT, finder
from resefa.regions.as_region import RegionLike, as_region
from resefa.runtime.out_of_memory import memory_errors_said
from resefa.runtime.progress import Progress, shown_progress


@memory_errors_said("the search for directions")
def discover(
    generator: Generator,
    code: LatentCode | Tensor,
    region: RegionLike,
    *,
    k: int = 8,
    method: str = DEFAULT,
    progress: Progress | bool | None = None,
    **options: Any,
) -> Directions:
    """Find the ``k`` latent directions that change ``region`` and leave the rest alone, best first.

    Args:
        generator: from ``resefa.load`` or ``resefa.wrap``.
        code: from ``generator.sample``; several codes give directions that suit all of their images.
        region: a Region, or what stands for one: its text, whose names are looked up among the generator's presets, the path
            of a mask, a picture, or an array (height, width) of the image's size.
        method: one of ``resefa.methods.registry.FINDERS``; the default is the paper's.
        progress: True shows a bar, also in a notebook; or a function, called with what is done and what there is to do.
        options: those of the method, for RegionContrast ``space`` and ``layers`` of the edit, ``tau``, ``solver``, ``tolerance``,
            ``products``, ``analysis_resolution``, ``intermediate``, ``memory`` (bytes, or text such as ``"2GiB"``), ``cache``,
            ``stored``, ``announce``.

    Raises:
        RegionError, LatentError, GeneratorError, SolverError, UsageError: each says what to do next.
    """
    generator = checked_generator(generator)
    code, k = checked_code(code, generator), whole_number("k", k)
    region = as_region(region, generator.presets, generator.resolution)
    load_derivative_rules()
    with shown_progress(progress, "directions") as shown:
        chosen = finder(method, **({"progress": shown} if shown else {}), **options)
        return chosen.find(generator, code, region, k=k)

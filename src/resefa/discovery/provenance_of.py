"""What every finder records alike: the generator, the images, the edit and the region that its directions belong to."""

from __future__ import annotations

from typing import Any

from resefa.directions.directions import Provenance
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.regions.region import Region
from resefa.version import VERSION


def provenance_of(generator: Generator, code: LatentCode, motion: Motion, region: Region, **found: Any) -> Provenance:
    """The provenance of directions of ``region`` on the images of ``code``; ``found``: the fields that the finder knows."""
    return Provenance(
        model=generator.name,
        fingerprint=generator.fingerprint,
        space=motion.space,
        layers=motion.layers,
        code_space=code.space,
        truncation=generator.conditions.truncation,
        cutoff=generator.conditions.cutoff,
        label=generator.conditions.label,
        noise=str(generator.conditions.noise),
        seeds=code.seeds,
        region=region.text,
        protect=region.protect_text,
        ignore=region.ignore_text,
        resolution=generator.resolution,
        version=VERSION,
        **found,
    )

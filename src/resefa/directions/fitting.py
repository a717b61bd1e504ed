"""Checks that directions fit a generator, and a change of their region."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from resefa.directions.provenance import Provenance
from resefa.errors import LatentError, printable

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator
    from resefa.regions.region import Region


def in_region(provenance: Provenance, region: Region, resolution: tuple[int, int]) -> dict[str, Any]:
    """The region's weights and the provenance after a change of region."""
    weights = region.weights(*resolution)
    described = replace(
        provenance,
        region=region.text,
        protect=region.protect_text,
        ignore=region.ignore_text,
        resolution=tuple(resolution),
    )
    return {"edit": weights.edit, "protect": weights.protect, "provenance": described}


def check_fits(
    provenance: Provenance, dimensions: int, generator: BaseGenerator, code_space: str | None = None
) -> str | None:
    """Check that directions with this provenance and size fit a generator, as ``Directions.check_fits``."""
    found_on = printable(provenance.model, 60)
    space, name = provenance.space, generator.name
    advice = f"use {found_on}, the model of the directions" if found_on else "use the model of the directions"
    if space not in generator.spaces:
        raise LatentError(
            f"The directions lie in the latent space {printable(space, 20)}, but {name} has only {' and '.join(generator.spaces)}; {advice}."
        )
    motion = generator.motion(space, provenance.layers, code_space or provenance.code_space or space)
    if dimensions != motion.dimensions:
        raise LatentError(
            f"The directions have {dimensions} dimensions in {space}, but {name} has {motion.dimensions}; {advice}."
        )
    # Text after an @ names the resolution at which a view of the same weights ends.
    recorded, present = (mark.partition("@")[0] for mark in (provenance.fingerprint, generator.fingerprint))
    if recorded and recorded != present:
        return f"The directions were found on {found_on or 'a model'}, whose weights differ from those of {name}; they may have a different effect."
    return None

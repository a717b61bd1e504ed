"""Checks that directions fit a generator, and their region: a change of it, and its weights on images that it follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from resefa.directions.provenance import Provenance
from resefa.errors import LatentError, printable

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator
    from resefa.regions.image_parts import ImageParts
    from resefa.regions.region import Region


def in_region(provenance: Provenance, region: Region, resolution: tuple[int, int]) -> dict[str, Any]:
    """The region's weights and the provenance after a change of region; a region that follows the image has no weights yet."""
    follows = region.follows_image
    weights = None if follows else region.weights(*resolution)
    described = replace(
        provenance,
        region=region.text,
        protect=region.protect_text,
        ignore=region.ignore_text,
        segmenter="" if follows else None,
        resolution=tuple(resolution),
    )
    return {"edit": weights and weights.edit, "protect": weights and weights.protect, "provenance": described}


def region_of(provenance: Provenance) -> Region:
    """The region that the provenance describes. The text may come from an untrusted file, so that no file that it names is opened.

    Raises:
        RegionError: the text names a file or an array in memory.
    """
    from resefa.regions.region import Region

    region = Region.parse(provenance.region, files=False)
    if provenance.protect is not None:
        region = region.protecting(Region.parse(provenance.protect, files=False))
    return region if provenance.ignore is None else region.ignoring(Region.parse(provenance.ignore, files=False))


def on_images(region: Region, images: Sequence[ImageParts]) -> dict[str, Tensor]:
    """The region's weights on images, ``edit`` and ``protect``: (h, w) of a single image, else (b, h, w)."""
    weights = [region.on_parts(parts).weights(*parts.labels.shape) for parts in images]
    edit, protect = (torch.stack([getattr(one, name) for one in weights]).float() for name in ("edit", "protect"))
    return {"edit": edit, "protect": protect} if len(images) > 1 else {"edit": edit[0], "protect": protect[0]}


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

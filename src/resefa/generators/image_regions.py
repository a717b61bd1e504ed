"""Regions on a generator's images: a region that follows the image is resolved on the image of each latent code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resefa.errors import RegionError
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.regions.image_parts import ImageParts, Segmenter, parts_of
from resefa.regions.region import Region
from resefa.regions.weights import RegionWeights
from resefa.types import Image

_AT_ONCE = 16


def check_region(generator: BaseGenerator, region: Region) -> None:
    """Check, before any image is made, that a fixed region fits the generator's images, or that parts of images can be marked.

    Raises:
        RegionError: the region is empty, covers everything or extends beyond the image; or the generator has no segmenter.
    """
    if region.follows_image:
        segmenter_of(generator, region.text)
    else:
        region.weights(*generator.resolution)


def regions_on(generator: BaseGenerator, code: LatentCode, region: Region) -> Sequence[Region]:
    """The region on the image of each code, under the generator's conditions; a fixed region for all.

    Raises:
        RegionError: the generator has no segmenter, or an image lacks the parts to edit; the message names the image.
    """
    if not region.follows_image:
        return [region] * len(code)
    return [region.on_parts(parts) for parts in parts_on(generator, code, segmenter_of(generator, region.text))]


def weights_on(generator: BaseGenerator, code: LatentCode, region: Region) -> RegionWeights:
    """The region's weights on the image of one code, at the image's resolution.

    Raises:
        RegionError: as ``regions_on``.
    """
    (found,) = regions_on(generator, code, region)
    return found.weights(*generator.resolution)


def weights_where_present(
    generator: BaseGenerator, images: Image, labels: Sequence[str], region: Region
) -> list[RegionWeights | None]:
    """The region's weights on each of the generator's images; None for an image that lacks the parts to edit.

    Args:
        labels: of the images, for messages, for example ``seed 3``.

    Raises:
        RegionError: no image has the parts, or the generator has no segmenter.
    """
    if not region.follows_image:
        return [region.weights(*generator.resolution)] * len(images)
    found: list[RegionWeights | None] = []
    refused = RegionError("No image was given.")
    segmenter = segmenter_of(generator, region.text)
    for parts in parts_of(images, segmenter, [f"the image of {label}" for label in labels]):
        try:
            found.append(region.on_parts(parts).weights(*generator.resolution))
        except RegionError as error:
            found.append(None)
            refused = error
    if not any(found):
        raise refused
    return found


def fingerprint_of(generator: BaseGenerator, region: Region) -> str:
    """The fingerprint of the region's weights on the generator's images; of a region that follows the image that of the segmenter."""
    if region.follows_image:
        return segmenter_of(generator, region.text).fingerprint
    return region.weights(*generator.resolution).fingerprint


def parts_on(generator: BaseGenerator, code: LatentCode, segmenter: Segmenter) -> Iterator[ImageParts]:
    """The parts of the image of each code."""
    titles = [f"the image of {code.label(i)}" for i in range(len(code))]
    for start in range(0, len(code), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        yield from parts_of(generator.synthesize(code[some]), segmenter, titles[some])


def segmenter_of(generator: BaseGenerator, region: str) -> Segmenter:
    """The generator's segmenter, which a region with this text needs.

    Raises:
        RegionError: the generator has none.
    """
    if generator.segmenter is None:
        raise RegionError(
            f"The region {region} follows the image, but {generator.name} has no segmenter to find its parts; give a box, a mask or a preset, "
            "or set generator.segmenter (see resefa.segmenters)."
        )
    return generator.segmenter

"""The part regions of images: the true mask of each part by segmentation, grown by a margin.

A part that changes its kind is drawn beyond its former outline: an open mouth is larger than a closed mouth. The margin gives this change
space, except on other parts: hair does not grow over the eyebrows. Every method gets the same region, and change is measured inside and
outside of it.
"""

from __future__ import annotations

from functools import cached_property, reduce
from operator import sub

from resefa.benchmark.attributes import PictureAttributes, Reader, read_pictures
from resefa.benchmark.settings import REGIONS, Settings
from resefa.errors import SolverError
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.regions.image_parts import ImageParts, Segmenter, parts_of
from resefa.regions.region import Region
from resefa.types import Image

LEAST_AREA = 0.001
"""Fraction of the picture that a part covers at least; a smaller part counts as hidden."""
NONE = "none"
"""The kind of an absent part."""


class PartRegions:
    """The parts that the images of a generator show, with their regions.

    Args:
        generator: gives images of the measured size.
        whole: the same generator at its full size, on whose images transferred directions are found.
    """

    def __init__(
        self,
        generator: BaseGenerator,
        whole: BaseGenerator,
        segmenter: Segmenter,
        reader: Reader,
        settings: Settings,
    ) -> None:
        self.generator, self.whole = generator, whole
        self.segmenter, self.reader, self.settings = segmenter, reader, settings

    def region(self, part: str) -> Region:
        """The region of a part on any image: its mask there, grown by the margin but not into other parts with attributes."""
        grown = Region.parse(f"part:{part}^{100 * self.settings.margin:g}%")
        named = [other for other in REGIONS if other != part and other in self.segmenter.names]
        return reduce(sub, [Region.parse(f"part:{other}") for other in named], grown)

    def of(self, image: Image, attributes: PictureAttributes) -> tuple[dict[str, Region], dict[str, str]]:
        """The regions of the parts that one image (1, c, h, w) shows, and the reasons why other parts are left out.

        Args:
            attributes: read from the image.
        """
        (marked,) = parts_of(image, self.segmenter)
        reasons = {part: self._reason(part, marked, attributes) for part in self.settings.regions}
        regions = {part: self.region(part).on_parts(marked) for part, reason in reasons.items() if not reason}
        return regions, {part: reason for part, reason in reasons.items() if reason}

    def _reason(self, part: str, marked: ImageParts, attributes: PictureAttributes) -> str:
        """The reason why a part is left out; empty if it is not."""
        kind = attributes.kind(part, 0, self.settings.confidence)
        if kind is None:
            return "its kind is not read with confidence"
        if kind == NONE or marked.mask(part).mean() < LEAST_AREA:
            return "the image does not show the part"
        return ""

    def discovery(self, part: str) -> tuple[LatentCode, Region]:
        """The codes of the first discovery images that show the part, and the region that follows each of them.

        Raises:
            SolverError: none of the images shows the part.
        """
        showing = [seed for seed, parts in self._pool.items() if part in parts][: self.settings.discovery]
        if not showing:
            raise SolverError(f"None of the discovery images shows the part {part}.")
        return self.generator.sample(showing), self.region(part)

    @cached_property
    def _pool(self) -> dict[int, frozenset[str]]:
        """Seeds of discovery images -> the parts that they show."""
        found: dict[int, frozenset[str]] = {}
        for seed in self.settings.discovery_seeds:
            image = self.whole.synthesize(self.whole.sample(seed))
            found[seed] = frozenset(self.of(image, read_pictures(self.reader, image))[0])
        return found

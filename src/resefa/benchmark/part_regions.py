"""The part regions of pictures: the true mask of each part by segmentation, grown by a margin.

A part that changes its kind is drawn beyond its former outline: an open mouth is larger than a closed mouth. The margin gives this change
space; every method gets the same region, and change is measured inside and outside of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.benchmark.attributes import PictureAttributes, Reader, read_pictures
from resefa.benchmark.settings import Settings
from resefa.errors import SolverError
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.regions.region import Region
from resefa.types import Image

LEAST_AREA = 0.001
"""Fraction of the picture that a part covers at least; a smaller part counts as hidden."""


class Segmenter(Protocol):
    """A network that labels pixels; ``resefa.segmenters.Segmenter`` satisfies the protocol.

    Attributes:
        names: of the labels, by label.
        fingerprint: of the network.
    """

    names: tuple[str, ...]
    fingerprint: str

    def __call__(self, images: Image) -> Tensor:
        """The labels (n, h, w) of images (n, 3, h, w)."""
        ...


def part_masks(labels: Tensor, names: Sequence[str], parts: Sequence[str], margin: float) -> dict[str, Tensor]:
    """The grown mask (h, w) bool of each visible part in a label map (h, w).

    Args:
        names: of the labels.
        parts: names of the wanted parts.
        margin: growth on each side, as a fraction of the height.
    """
    grown = round(margin * labels.shape[0])
    found: dict[str, Tensor] = {}
    for part in parts:
        mask = labels == names.index(part)
        if float(mask.float().mean()) >= LEAST_AREA:
            pixels = mask[None, None].float()
            found[part] = F.max_pool2d(pixels, 2 * grown + 1, stride=1, padding=grown)[0, 0] > 0.5
    return found


def as_regions(masks: Mapping[str, Tensor]) -> dict[str, Region]:
    """The region of each mask (h, w), bool, or weights in [0, 1]."""
    return {part: Region.mask(mask.cpu().numpy()) for part, mask in masks.items()}


class PartRegions:
    """The parts that the images of a generator show, with their regions.

    Args:
        generator: gives images of the measured size.
    """

    def __init__(self, generator: BaseGenerator, segmenter: Segmenter, reader: Reader, settings: Settings) -> None:
        self.generator, self.segmenter, self.reader, self.settings = generator, segmenter, reader, settings

    def of(self, image: Image, attributes: PictureAttributes, picture: int = 0) -> tuple[dict[str, Tensor], dict[str, str]]:
        """The masks (h, w) of the parts of one image (1, c, h, w), and the reasons why other parts are left out.

        Args:
            attributes: read from pictures, of which number ``picture`` is the image.
        """
        labels = self.segmenter(image)[0]
        masks = part_masks(labels, self.segmenter.names, self.settings.regions, self.settings.margin)
        absent: dict[str, str] = {}
        for part in self.settings.regions:
            kind = attributes.kind(part, picture, self.settings.confidence)
            if kind is None:
                absent[part] = "its kind is not read with confidence"
            elif kind == "none" or part not in masks:
                absent[part] = "the image does not show the part"
        return {part: mask for part, mask in masks.items() if part not in absent}, absent

    def discovery(self, part: str) -> tuple[LatentCode, Region]:
        """The codes of the first discovery images that show the part, and the region for all of them: the mean of their masks.

        Raises:
            SolverError: too few of the images show the part.
        """
        showing = [(seed, masks[part]) for seed, masks in self._pool.items() if part in masks][: self.settings.discovery]
        if not showing:
            raise SolverError(f"None of the discovery images shows the part {part}.")
        mean = torch.stack([mask.double() for _, mask in showing]).mean(0)
        return self.generator.sample([seed for seed, _ in showing]), as_regions({part: mean})[part]

    @cached_property
    def _pool(self) -> dict[int, dict[str, Tensor]]:
        """Seeds of discovery images -> masks of the parts that they show."""
        found: dict[int, dict[str, Tensor]] = {}
        for seed in self.settings.discovery_seeds:
            image = self.generator.synthesize(self.generator.sample(seed))
            found[seed] = self.of(image, read_pictures(self.reader, image))[0]
        return found

"""Regions: the pixels of an image that an edit changes, protects or ignores.

The weights ``f`` (edit) and ``b`` (protect) of Zhu et al., Region-Based Semantic Factorization in GANs, ICML 2022,
equations 2 to 7, extended to soft weights. A region is rasterised for an image of given size.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import cast

import numpy as np
from PIL import Image
from torch import Tensor

from resefa.errors import RegionError
from resefa.regions.growth import Growth
from resefa.regions.image_parts import ImageParts, Segmenter, parts_of
from resefa.regions.label_maps import label_map
from resefa.regions.masks import mask
from resefa.regions.operations import Expression, Feather, difference, intersection, inversion, union
from resefa.regions.parts import Part
from resefa.regions.presets import NO_FAMILY, Preset, family_and_part
from resefa.regions.rasterised import LEAST_PIXELS, rasterised
from resefa.regions.shapes import Box, Ellipse, Polygon
from resefa.regions.stroke import Stroke
from resefa.regions.text import display_name, parsed
from resefa.regions.units import PIXEL, checked_unit, finite
from resefa.regions.weights import RegionWeights
from resefa.types import Image as ImageBatch


@dataclass(frozen=True, repr=False)
class Region:
    """An immutable, hashable region; regions built by the same expression are equal.

    Build a region with the constructors below, and combine regions with ``|`` (union), ``&`` (intersection), ``-``
    (difference) and ``~`` (inversion). The operators act on the pixels to edit; the pixels to protect or to ignore are
    the union of both operands' declarations.

    Attributes:
        edited: expression of the pixels to edit.
        protected: expression of the pixels to protect, None for all other pixels.
        ignored: expression of the pixels to ignore, None for no pixel.
    """

    edited: Expression
    protected: Expression | None = None
    ignored: Expression | None = None

    @classmethod
    def box(cls, top: float, left: float, height: float, width: float, unit: str = PIXEL) -> Region:
        """A rectangle in pixels (``unit="pixel"``) or fractions (``"fraction"``) of the generator's image.

        The weight of a pixel is the fraction of its area inside the rectangle.

        Raises:
            RegionError: a number is not finite, a size is not positive, or a fraction is outside [0, 1].
        """
        return cls(Box(top, left, height, width, unit))

    @classmethod
    def ellipse(cls, top: float, left: float, height: float, width: float, unit: str = PIXEL) -> Region:
        """The ellipse inscribed in a box; arguments and errors as for ``box``."""
        return cls(Ellipse(top, left, height, width, unit))

    @classmethod
    def polygon(cls, points: Iterable[Sequence[float]], unit: str = PIXEL) -> Region:
        """The closed polygon through (row, column) points, with the even-odd rule where it crosses itself.

        Raises:
            RegionError: fewer than three points, numbers that are not finite, or fractions outside [0, 1].
        """
        # Polygon itself checks the points and makes tuples of them.
        return cls(Polygon(cast("tuple[tuple[float, float], ...]", points), unit))

    @classmethod
    def stroke(cls, points: Iterable[Sequence[float]], radius: float, unit: str = PIXEL) -> Region:
        """A brush stroke along (row, column) points, or a dot; a radius in fractions is a fraction of the image's height.

        Raises:
            RegionError: no point, numbers that are not finite, a radius that is not positive, or fractions outside [0, 1].
        """
        return cls(Stroke(cast("tuple[tuple[float, float], ...]", points), radius, unit))

    @classmethod
    def mask(cls, source: np.ndarray | Tensor | Image.Image | str | os.PathLike[str]) -> Region:
        """A painted mask (bright pixels are edited): an (h, w) array or an image file of any size, resized by area averaging.

        Arrays are bool, float in [0, 1] or uint8 in 0..255; whole numbers that are all 0 or 1 are weights. In a file with
        transparency the opaque parts are the region: by opacity if they have a single colour, else by brightness times
        opacity. A file is read once, now.

        Raises:
            RegionError: the file cannot be read, or the array has a different shape, type or range.
        """
        return cls(mask(source))

    @classmethod
    def label_map(cls, source: np.ndarray | Tensor | str | os.PathLike[str], labels: Iterable[int] | int) -> Region:
        """The pixels with chosen labels in an (h, w) integer map, or in a greyscale or palette image file.

        The chosen classes are marked before area averaging: labels are never averaged. A file is read once, now.

        Raises:
            RegionError: the file cannot be read, is not a label map, or has no pixel with a label.
        """
        return cls(label_map(source, labels))

    @classmethod
    def preset(cls, name: str, presets: str = NO_FAMILY) -> Region:
        """A named part from a family of presets: "mouth" with ``presets="toon-faces"``, or "ffhq:mouth".

        ``resefa.regions.preset_names`` lists a family's parts.

        Raises:
            RegionError: an unknown family or part; the message lists the names.
        """
        return cls(Preset(*family_and_part(name, presets)))

    @classmethod
    def part(cls, name: str) -> Region:
        """A part of the image at hand by its name, for example "mouth": the region follows the image.

        Raises:
            RegionError: the name has other characters than letters, digits and hyphens.
        """
        return cls(Part(name))

    @classmethod
    def union(cls, *regions: Region) -> Region:
        """The union of one or more regions, as ``first | second | ...``.

        Raises:
            RegionError: no region was given.
        """
        if not regions:
            raise RegionError("A union needs at least one region.")
        return reduce(or_, regions)

    @classmethod
    def parse(cls, text: str, presets: str = NO_FAMILY, *, files: bool = True) -> Region:
        """Parse a region's text form, such as ``mouth+eyes`` or ``mask.png``; see docs/reference/regions.md.

        Args:
            text: the text form.
            presets: family of presets for names without a prefix, usually ``generator.presets``.
            files: whether the text may name files, which are then read; False for text from an untrusted file.

        Raises:
            RegionError: a syntax error, or an unknown name or file.
        """
        return cls(parsed(text, presets, files))

    def __or__(self, other: Region) -> Region:
        return self._combined(other, union(self.edited, other.edited)) if isinstance(other, Region) else NotImplemented

    def __and__(self, other: Region) -> Region:
        if not isinstance(other, Region):
            return NotImplemented
        return self._combined(other, intersection(self.edited, other.edited))

    def __sub__(self, other: Region) -> Region:
        if not isinstance(other, Region):
            return NotImplemented
        return self._combined(other, difference(self.edited, other.edited))

    def __invert__(self) -> Region:
        return Region(inversion(self.edited), self.protected, self.ignored)

    def feather(self, radius: float, unit: str = PIXEL) -> Region:
        """A copy of the region with its edit weights blurred by a Gaussian; a radius of 0 changes nothing.

        Args:
            radius: standard deviation, in pixels or as a fraction of the image's height.
            unit: "pixel" or "fraction".

        Raises:
            RegionError: the radius is negative or not finite.
        """
        if finite(radius, "The feather's radius") == 0:
            checked_unit(unit)
            return self
        return Region(Feather(self.edited, radius, unit), self.protected, self.ignored)

    def grow(self, distance: float, unit: str = PIXEL) -> Region:
        """A copy of the region that also edits every point within a distance of its pixels; 0 changes nothing.

        Args:
            distance: in pixels or as a fraction of the image's height.
            unit: "pixel" or "fraction".

        Raises:
            RegionError: the distance is negative or not finite.
        """
        if finite(distance, "The growth's distance") == 0:
            checked_unit(unit)
            return self
        return Region(Growth(self.edited, distance, unit), self.protected, self.ignored)

    def protecting(self, other: Region) -> Region:
        """A copy of the region that protects only the pixels of ``other`` that are not edited, and ignores the rest.

        ``other`` contributes its pixels to edit. Repeated calls protect the union.
        """
        return Region(self.edited, _joined(self.protected, _marked(other, "protect")), self.ignored)

    def ignoring(self, other: Region) -> Region:
        """A copy of the region that ignores the pixels of ``other`` instead of protecting them; edited pixels stay edited.

        ``other`` contributes its pixels to edit. Repeated calls ignore the union.
        """
        return Region(self.edited, self.protected, _joined(self.ignored, _marked(other, "ignore")))

    @property
    def follows_image(self) -> bool:
        """Whether the region names parts of the image, so that each image has its own pixels; see ``on``."""
        return any(part is not None and part.part_names for part in (self.edited, self.protected, self.ignored))

    def on(self, images: ImageBatch, segmenter: Segmenter) -> list[Region]:
        """The region on each image: parts of the image are replaced by their pixels there.

        An image that lacks a part adds no pixels for it: ``part:eyes+part:glasses`` on a face without glasses are the eyes.

        Args:
            images: (b, c, h, w) in [-1, 1].
            segmenter: marks the parts, usually ``generator.segmenter``.

        Raises:
            RegionError: an image has none of the parts to edit, or the segmenter has no part of a name; the message lists the parts.
        """
        if not self.follows_image:
            return [self] * len(images)
        return [self.on_parts(parts) for parts in parts_of(images, segmenter)]

    def on_parts(self, parts: ImageParts) -> Region:
        """The region on one image whose parts are known; as ``on``."""
        if not self.follows_image:
            return self
        edited = self.edited.on(parts)
        missing = sorted(name for name in self.edited.part_names if not parts.mask(name).any())
        if missing and float(edited.raster(*parts.labels.shape).sum()) < LEAST_PIXELS:
            raise parts.without(missing, self.text)
        others = [None if part is None else part.on(parts) for part in (self.protected, self.ignored)]
        return Region(edited, *others)

    def weights(self, height: int, width: int) -> RegionWeights:
        """The weights for an image with ``height`` x ``width`` pixels.

        With weights ``e``, ``p`` and ``i`` of the three parts, ``edit = e`` and ``protect = min(p, 1 - e, 1 - i)``;
        ``p`` is 1 and ``i`` is 0 unless declared.

        Raises:
            RegionError: the region is empty, leaves nothing to protect, or extends beyond the image.
        """
        return rasterised(self.edited, self.protected, self.ignored, height, width)

    @property
    def text(self) -> str:
        """The canonical text form of the pixels to edit; ``parse`` reads it back to an equal region.

        An array in memory has a form for display only, ``mask[64x64 sha256:ab12cd34]``, which ``parse`` refuses.
        """
        return self.edited.text

    @property
    def protect_text(self) -> str | None:
        """The text form of the pixels to protect; None: all other pixels."""
        return None if self.protected is None else self.protected.text

    @property
    def ignore_text(self) -> str | None:
        """The text form of the pixels to ignore; None: no pixel."""
        return None if self.ignored is None else self.ignored.text

    @property
    def label(self) -> str:
        """A short name for sheets and pages: ``polygon (40 points)``, ``mouth``, ``mask.png``."""
        return display_name(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        protect = "" if self.protected is None else f", protecting {self.protect_text!r}"
        ignore = "" if self.ignored is None else f", ignoring {self.ignore_text!r}"
        return f"Region({self.text!r}{protect}{ignore})"

    def _combined(self, other: Region, edited: Expression) -> Region:
        return Region(edited, _joined(self.protected, other.protected), _joined(self.ignored, other.ignored))


def _joined(first: Expression | None, second: Expression | None) -> Expression | None:
    if first is None or second is None:
        return first or second
    return union(first, second)


def _marked(other: Region, verb: str) -> Expression:
    if not isinstance(other, Region):
        raise RegionError(
            f"The region to {verb} has type {type(other).__name__}; give a Region, for example Region.preset('eyes')."
        )
    return other.edited

"""A region: which pixels of an image to edit, which to protect and which to ignore.

The foreground ``f`` and the background ``b`` of the method (Zhu et al., Region-Based Semantic Factorization in GANs,
ICML 2022, equations 2 to 7), with soft weights between. Nothing is rasterised before the image's size is known.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from resefa.errors import RegionError
from resefa.regions.label_maps import label_map
from resefa.regions.masks import mask
from resefa.regions.operations import Expression, Feather, difference, intersection, inversion, union
from resefa.regions.presets import NO_FAMILY, Preset, family_and_part
from resefa.regions.quoting import shown
from resefa.regions.shapes import Box, Ellipse, Polygon
from resefa.regions.text import display_name, parsed
from resefa.regions.units import PIXEL, checked_unit, finite
from resefa.regions.weights import RegionWeights, check_image_size

# Less weight than this in every pixel is as good as none, and may be what rounding left.
_NOTHING = 1e-6
_LEAST_PIXELS = 0.99


@dataclass(frozen=True, repr=False)
class Region:
    """An immutable, hashable region; equal if built by the same expression.

    Build one with the constructors below, combine with ``|`` (union), ``&`` (intersection), ``-`` (difference) and
    ``~`` (inversion). These act on what is edited. What either side protects or ignores is carried along, as the union
    of both declarations.

    Attributes:
        edited: expression of the pixels to edit.
        protected: expression of the pixels to protect, None for all the rest.
        ignored: expression of the pixels that count for nothing, None for none.
    """

    edited: Expression
    protected: Expression | None = None
    ignored: Expression | None = None

    @classmethod
    def box(cls, top: float, left: float, height: float, width: float, unit: str = PIXEL) -> Region:
        """A rectangle, in pixels of the generator's own image (``unit="pixel"``) or fractions of it (``"fraction"``).

        A pixel that is covered in part counts by the covered share of its area.

        Raises:
            RegionError: a number is not finite, a size is not positive, or fractions leave [0, 1].
        """
        return cls(Box(top, left, height, width, unit))

    @classmethod
    def ellipse(cls, top: float, left: float, height: float, width: float, unit: str = PIXEL) -> Region:
        """The ellipse inscribed in that box; arguments and errors as for ``box``."""
        return cls(Ellipse(top, left, height, width, unit))

    @classmethod
    def polygon(cls, points: Iterable[Sequence[float]], unit: str = PIXEL) -> Region:
        """The polygon through (row, column) points, closed by itself; even-odd where it crosses itself.

        Raises:
            RegionError: fewer than three points, numbers that are not finite, or fractions that leave [0, 1].
        """
        return cls(Polygon(points, unit))

    @classmethod
    def mask(cls, source: np.ndarray | Tensor | str | os.PathLike[str]) -> Region:
        """A painted mask, bright = edit: an (h, w) array or an image file of any size, fitted to the image by area.

        Arrays are bool, float in [0, 1] or uint8 in 0..255; whole numbers that are all 0 or 1 are taken as such. Of a
        file with transparency the painted parts count, by opacity if they are all of one colour, else by brightness
        times opacity. A file is read now, once.

        Raises:
            RegionError: the file cannot be read, or the array has another shape, type or range.
        """
        return cls(mask(source))

    @classmethod
    def label_map(cls, source: np.ndarray | Tensor | str | os.PathLike[str], labels: Iterable[int] | int) -> Region:
        """The pixels of an (h, w) integer map, or of a greyscale or palette image file, whose label is among these.

        The chosen classes are marked first and area-averaged then, so labels are never mixed. A file is read now, once.

        Raises:
            RegionError: the file cannot be read, it is no label map, or a label is not in it.
        """
        return cls(label_map(source, labels))

    @classmethod
    def preset(cls, name: str, presets: str = NO_FAMILY) -> Region:
        """A named part of a family of presets, such as "mouth" of "faces-dcgan", or "ffhq:mouth" in one.

        ``resefa.regions.presets.preset_names`` lists a family's parts.

        Raises:
            RegionError: no such family or part; the sentence lists those there are.
        """
        return cls(Preset(*family_and_part(name, presets)))

    @classmethod
    def parse(cls, text: str, presets: str = NO_FAMILY) -> Region:
        """A region from its text form, such as ``mouth+eyes`` or ``box:40,18,14,28~2``; see docs/regions.md.

        Args:
            text: the text form.
            presets: family of names such as ``mouth`` that are written without their family; a generator has its family
                in ``generator.presets``.

        Raises:
            RegionError: the text does not follow the grammar or names what does not exist.
        """
        return cls(parsed(text, presets))

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
        """Soften the edit weights by a Gaussian whose standard deviation is ``radius``; 0 leaves the region as it is.

        Args:
            radius: in pixels, or as a fraction of the image's height.
            unit: "pixel" or "fraction".

        Raises:
            RegionError: the radius is negative or not finite.
        """
        if finite(radius, "The feather's radius") == 0:
            checked_unit(unit)
            return self
        return Region(Feather(self.edited, radius, unit), self.protected, self.ignored)

    def protecting(self, other: Region) -> Region:
        """Take ``other`` as the background, less what is edited; pixels in neither are ignored.

        Only what ``other`` marks to edit is looked at. Said twice, both are protected.
        """
        return Region(self.edited, _joined(self.protected, _marked(other, "protect")), self.ignored)

    def ignoring(self, other: Region) -> Region:
        """Take the pixels of ``other`` out of the background; what is edited stays edited.

        Only what ``other`` marks to edit is looked at. Said twice, both are ignored.
        """
        return Region(self.edited, self.protected, _joined(self.ignored, _marked(other, "ignore")))

    def weights(self, height: int, width: int) -> RegionWeights:
        """Rasterise on an image of this size in pixels.

        With ``e``, ``p`` and ``i`` the weights of the three parts, ``edit = e`` and
        ``protect = min(p, 1 - e, 1 - i)``, where ``p`` is 1 and ``i`` is 0 unless declared.

        Raises:
            RegionError: the region is empty, leaves nothing to protect, or reaches beyond the image.
        """
        check_image_size(height, width)
        edit = self.edited.raster(height, width)
        if float(edit.max()) < _NOTHING:
            raise RegionError(
                f"The region {shown(self.text)} is empty: it marks no pixel of the image of {height} x {width}, so mark some."
            )
        if float(edit.sum()) < _LEAST_PIXELS:
            raise RegionError(
                f"The region {shown(self.text)} covers less than a pixel of the image of {height} x {width} "
                f"({float(edit.sum()):.2g} of a pixel); make it larger."
            )
        protect = 1.0 - edit
        if self.protected is not None:
            protect = torch.minimum(protect, self.protected.raster(height, width))
        if self.ignored is not None:
            protect = torch.minimum(protect, 1.0 - self.ignored.raster(height, width))
        if float(protect.max()) < _NOTHING:
            raise RegionError(self._nothing_to_protect(height, width))
        return RegionWeights(edit, protect)

    @property
    def text(self) -> str:
        """The canonical text form of what is edited, which ``parse`` turns back into an equal region.

        Arrays given in memory have a form for people only, ``mask[64x64 sha256:ab12cd34]``, which ``parse`` refuses.
        """
        return self.edited.text

    @property
    def protect_text(self) -> str | None:
        """The text form of what is protected, None for all the rest."""
        return None if self.protected is None else self.protected.text

    @property
    def ignore_text(self) -> str | None:
        """The text form of what is ignored, None for nothing."""
        return None if self.ignored is None else self.ignored.text

    @property
    def label(self) -> str:
        """What sheets and pages call it: short, for people; ``polygon (40 points)``, ``mouth``, ``mask.png``."""
        return display_name(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        protect = "" if self.protected is None else f", protecting {self.protect_text!r}"
        ignore = "" if self.ignored is None else f", ignoring {self.ignore_text!r}"
        return f"Region({self.text!r}{protect}{ignore})"

    def _combined(self, other: Region, edited: Expression) -> Region:
        return Region(edited, _joined(self.protected, other.protected), _joined(self.ignored, other.ignored))

    def _nothing_to_protect(self, height: int, width: int) -> str:
        if self.protected is None and self.ignored is None:
            return (
                f"The region {shown(self.text)} covers the whole image of {height} x {width} and leaves nothing to protect: "
                "leave some pixels out, since an edit is local only against a background."
            )
        return (
            f"The region {shown(self.text)} leaves nothing to protect on the image of {height} x {width}, where its "
            "background is empty, edited or ignored: protect more or ignore less."
        )


def _joined(first: Expression | None, second: Expression | None) -> Expression | None:
    if first is None or second is None:
        return first or second
    return union(first, second)


def _marked(other: Region, verb: str) -> Expression:
    if not isinstance(other, Region):
        raise RegionError(
            f"What to {verb} came as {type(other).__name__}: expected a Region, for example Region.preset('eyes')."
        )
    return other.edited

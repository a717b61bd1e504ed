"""A region: which pixels to edit, which to protect, which to ignore. An expression, rasterised when the size is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from resefa.errors import RegionError
from resefa.regions.algebra import Combined, Feathered, Inverted
from resefa.regions.pictures import label_picture, mask_picture
from resefa.regions.presets import preset_shapes
from resefa.regions.shapes import Box, Ellipse, Polygon
from resefa.regions.weights import RegionWeights


class Shape(Protocol):
    """Anything that covers pixels."""

    @property
    def text(self) -> str: ...

    def coverage(self, height: int, width: int) -> Tensor: ...


@dataclass(frozen=True)
class Preset:
    """A named part: the union of its shapes, printed by its name."""

    name: str
    family: str
    qualified: bool = False

    @property
    def text(self) -> str:
        return f"{self.family}:{self.name}" if self.qualified else self.name

    def coverage(self, height: int, width: int) -> Tensor:
        covers = [shape.coverage(height, width) for shape in preset_shapes(self.name, self.family)]
        union = covers[0]
        for cover in covers[1:]:
            union = union.maximum(cover)
        return union


@dataclass(frozen=True)
class Region:
    """The pixels to edit (the paper's foreground f), and optionally what to protect (its background b) and to ignore.

    By default all that is not edited is protected. With ``protecting(other)`` only ``other`` is, and pixels in neither
    count for nothing. ``ignoring(other)`` takes pixels out of what is protected; what is edited stays edited.
    """

    shape: Any
    protected: Any = None
    ignored: Any = None

    @classmethod
    def box(cls, top: float, left: float, height: float, width: float, unit: str = "pixel") -> Region:
        """A rectangle in pixels of the image, or with ``unit="fraction"`` in fractions of its height and width."""
        return cls(Box(top, left, height, width, _is_fraction(unit)))

    @classmethod
    def ellipse(cls, top: float, left: float, height: float, width: float, unit: str = "pixel") -> Region:
        """The ellipse inscribed in a box."""
        return cls(Ellipse(top, left, height, width, _is_fraction(unit)))

    @classmethod
    def polygon(cls, points: Sequence[tuple[float, float]], unit: str = "pixel") -> Region:
        """A polygon of (row, column) points."""
        return cls(Polygon(tuple((float(r), float(c)) for r, c in points), _is_fraction(unit)))

    @classmethod
    def mask(cls, source: str | Path | Any) -> Region:
        """A mask: (h, w) array or tensor, or an image file; bright is edited, grey counts in part."""
        return cls(mask_picture(source))

    @classmethod
    def label_map(cls, source: str | Path | Any, labels: Sequence[int]) -> Region:
        """The pixels of a label map whose label is among ``labels``."""
        return cls(label_picture(source, tuple(int(label) for label in labels)))

    @classmethod
    def preset(cls, name: str, presets: str = "aligned-ffhq") -> Region:
        """A named part of a family of images."""
        preset_shapes(name, presets)
        return cls(Preset(name, presets))

    @classmethod
    def parse(cls, text: str, presets: str = "aligned-ffhq") -> Region:
        """A region from the text syntax of docs/regions.md: ``mouth``, ``box:40,18,14,28``, ``mouth+eyes``."""
        from resefa.regions.text import parse_region

        return parse_region(text, presets)

    def __or__(self, other: Region) -> Region:
        return self._with(Combined("+", self.shape, other.shape), other)

    def __and__(self, other: Region) -> Region:
        return self._with(Combined("&", self.shape, other.shape), other)

    def __sub__(self, other: Region) -> Region:
        return self._with(Combined("-", self.shape, other.shape), other)

    def __invert__(self) -> Region:
        return replace(self, shape=Inverted(self.shape))

    def feather(self, radius: float, unit: str = "pixel") -> Region:
        """Soften the edge by a Gaussian of this standard deviation, in pixels or in fractions of the height."""
        return replace(self, shape=Feathered(self.shape, radius, _is_fraction(unit)))

    def protecting(self, other: Region) -> Region:
        """Protect ``other`` and nothing else."""
        return replace(self, protected=_union(self.protected, other.shape))

    def ignoring(self, other: Region) -> Region:
        """Let the pixels of ``other`` change as they like."""
        return replace(self, ignored=_union(self.ignored, other.shape))

    @property
    def text(self) -> str:
        """The edited part in the text syntax."""
        return self.shape.text

    @property
    def protect_text(self) -> str | None:
        return None if self.protected is None else self.protected.text

    @property
    def ignore_text(self) -> str | None:
        return None if self.ignored is None else self.ignored.text

    def weights(self, height: int, width: int) -> RegionWeights:
        """Rasterise for an image of this size.

        Raises:
            RegionError: empty, everything, or outside the image.
        """
        edit = self.shape.coverage(height, width).clamp(0, 1)
        protect = 1 - edit
        if self.protected is not None:
            protect = protect.minimum(self.protected.coverage(height, width))
        if self.ignored is not None:
            protect = protect * (1 - self.ignored.coverage(height, width))
        if float(edit.sum()) < 1e-6:
            raise RegionError(
                f"The region {self.text!r} is empty on an image of {height} x {width} pixels: make it larger."
            )
        if float(protect.sum()) < 1e-6:
            raise RegionError(
                f"The region {self.text!r} leaves nothing to protect on {height} x {width} pixels: make it smaller, or "
                "protect something."
            )
        return RegionWeights(edit, protect.clamp(0, 1))

    def _with(self, shape: Any, other: Region) -> Region:
        return Region(shape, _union(self.protected, other.protected), _union(self.ignored, other.ignored))


def _union(first: Any, second: Any) -> Any:
    if first is None or second is None:
        return second if first is None else first
    return Combined("+", first, second)


def _is_fraction(unit: str) -> bool:
    if unit not in ("pixel", "fraction"):
        raise RegionError(f"The unit {unit!r} came: give 'pixel' or 'fraction'.")
    return unit == "fraction"

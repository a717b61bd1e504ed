"""Shapes drawn on a picture, as plain data of the page and of project files, and the region that they mark together.

All numbers are fractions of the image, rows before columns. Later shapes win: "edit" adds to the pixels to edit, "protect" and "ignore" take
pixels from them, "erase" takes pixels from all three. Nothing marked as protect: everything that is neither edited nor ignored is protected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta

from resefa.errors import RegionError
from resefa.files.schema import convert
from resefa.regions.operations import Expression, Union, difference, union
from resefa.regions.operations import Feather as FeatherOperation
from resefa.regions.presets import Preset
from resefa.regions.quoting import shown
from resefa.regions.region import Region
from resefa.regions.shapes import Box, Polygon
from resefa.regions.stroke import Stroke
from resefa.regions.units import FRACTION

Fraction = Annotated[float, Meta(ge=0, le=1)]
Point = tuple[Fraction, Fraction]
Mode = Literal["edit", "protect", "ignore", "erase"]
MOST_SHAPES, MOST_POINTS, LARGEST_FEATHER = 200, 500, 0.1
MOST_WORK = 10_000.0
"""Largest work of all shapes together: 1 takes about half a millisecond on an image of 256 rows. 200 strokes of 60 points have about 2,400."""
_POLYGON = 3.0
"""Work of a polygon's edge that is as high as the image; that of a stroke's edge is 1."""
_NESTED = 32
"""Number of changes that are applied one after the other, each within the next."""
_LOOK = 256
"""Rows and columns on which marks are looked at to see whether any is left."""
_ROUNDING = 1e-6
"""A box that reaches the image's edge may exceed it by rounding in the browser."""


class BoxShape(msgspec.Struct, frozen=True, tag_field="kind", tag="box", forbid_unknown_fields=True):
    """A rectangle: top, left, height and width."""

    mode: Mode
    box: tuple[Fraction, Fraction, Fraction, Fraction]

    def region(self, presets: str) -> Region:
        """The shape alone as a region."""
        top, left, height, width = self.box
        if top + height > 1 + _ROUNDING or left + width > 1 + _ROUNDING:
            raise RegionError(
                f"The box {list(self.box)} extends beyond the image; top + height and left + width may be at most 1."
            )
        return Region.box(top, left, min(height, 1 - top), min(width, 1 - left), FRACTION)


class PolygonShape(msgspec.Struct, frozen=True, tag_field="kind", tag="polygon", forbid_unknown_fields=True):
    """A closed polygon."""

    mode: Mode
    points: Annotated[tuple[Point, ...], Meta(min_length=3, max_length=MOST_POINTS)]

    def region(self, presets: str) -> Region:
        """The shape alone as a region."""
        return Region.polygon(self.points, FRACTION)


class StrokeShape(msgspec.Struct, frozen=True, tag_field="kind", tag="stroke", forbid_unknown_fields=True):
    """A brush stroke; the radius is a fraction of the image's height."""

    mode: Mode
    points: Annotated[tuple[Point, ...], Meta(min_length=1, max_length=MOST_POINTS)]
    radius: Annotated[float, Meta(gt=0, le=0.5)]

    def region(self, presets: str) -> Region:
        """The shape alone as a region."""
        return Region.stroke(self.points, self.radius, FRACTION)


class PresetShape(msgspec.Struct, frozen=True, tag_field="kind", tag="preset", forbid_unknown_fields=True):
    """A region preset of the model, by its name."""

    mode: Mode
    name: Annotated[str, Meta(min_length=1, max_length=100)]

    def region(self, presets: str) -> Region:
        """The shape alone as a region."""
        return Region.preset(self.name, presets)


Shape = BoxShape | PolygonShape | StrokeShape | PresetShape
Shapes = Annotated[tuple[Shape, ...], Meta(max_length=MOST_SHAPES)]
Feather = Annotated[float, Meta(ge=0, le=LARGEST_FEATHER)]


def shapes_from(data: Any) -> tuple[Shape, ...]:
    """Shapes from plain data, as the page sends them.

    Raises:
        RegionError: anything else than a list of shapes; the message says where.
    """
    return convert(
        data, cast("type[tuple[Shape, ...]]", Shapes), "The region", raises=RegionError, remedy="draw it again"
    )


def plain(shapes: Sequence[Shape]) -> list[dict[str, Any]]:
    """Shapes as plain data; ``shapes_from`` reads them back."""
    return msgspec.to_builtins(list(shapes))


def work(shapes: Sequence[Shape]) -> float:
    """The work to draw shapes, in proportion to the scan lines that they meet; boxes and presets take next to none."""
    total = 0.0
    for shape in shapes:
        if isinstance(shape, StrokeShape):
            # A disc around each point, and a bar between two points.
            total += 2 * shape.radius * (2 * len(shape.points) - 1) + _climb(shape.points)
        elif isinstance(shape, PolygonShape):
            total += _POLYGON * _climb((*shape.points, shape.points[0]))
    return total


def _climb(points: Sequence[Point]) -> float:
    """The rows between the points of a line, as a multiple of the image's height."""
    return sum(abs(end[0] - start[0]) for start, end in pairwise(points))


def marks_something(shapes: Sequence[Shape]) -> bool:
    """Whether any shape marks pixels to edit."""
    return any(shape.mode == "edit" for shape in shapes)


def shapes_of(region: Region, height: int, width: int) -> tuple[tuple[Shape, ...], float]:
    """Shapes and the soft edge that mark a region, the reverse of ``region_of``, for an image of a size.

    Raises:
        RegionError: a region that is no union of shapes, for example a mask.
    """
    edited, feather = region.edited, 0.0
    if isinstance(edited, FeatherOperation):
        edited, feather = edited.part, edited.radius / (1 if edited.unit == FRACTION else height)
    if region.protected is not None or region.ignored is not None:
        raise _not_drawn(region)
    parts = edited.parts if isinstance(edited, Union) else (edited,)
    return tuple(_drawn(part, region, height, width) for part in parts), feather


def _drawn(part: Expression, region: Region, height: int, width: int) -> Shape:
    match part:
        case Preset():
            return PresetShape("edit", f"{part.family}:{part.name}")
        case Box():
            rows, columns = (1, 1) if part.unit == FRACTION else (height, width)
            return BoxShape("edit", (part.top / rows, part.left / columns, part.height / rows, part.width / columns))
        case Polygon():
            rows, columns = (1, 1) if part.unit == FRACTION else (height, width)
            return PolygonShape("edit", tuple((row / rows, column / columns) for row, column in part.points))
        case Stroke():
            rows, columns = (1, 1) if part.unit == FRACTION else (height, width)
            points = tuple((row / rows, column / columns) for row, column in part.points)
            return StrokeShape("edit", points, part.radius / rows)
        case _:
            raise _not_drawn(region)


def _not_drawn(region: Region) -> RegionError:
    return RegionError(
        f"The region {shown(region.text)} is not made of boxes, polygons, strokes and presets, so it cannot be drawn here."
    )


def region_of(shapes: Sequence[Shape], feather: float = 0.0, presets: str = "") -> Region:
    """The region that shapes mark together.

    Args:
        feather: standard deviation of the soft edge, as a fraction of the image's height.
        presets: family of presets for names.

    Raises:
        RegionError: no pixel to edit, an unknown preset, a shape beyond the image, or more and wider strokes than are drawn by hand.
    """
    if work(shapes) > MOST_WORK:
        raise RegionError("The strokes and polygons are too many and too long together; draw fewer, or use boxes.")
    drawn = [(shape.mode, shape.region(presets).edited) for shape in shapes]
    edited, protected, ignored = (_marked(drawn, mode) for mode in ("edit", "protect", "ignore"))
    if edited is None:
        raise RegionError("Nothing is marked to edit; draw over the part that may change.")
    return Region(edited, protected, ignored).feather(feather, FRACTION)


@dataclass(frozen=True)
class _Change:
    """A change of the marked pixels: first some are removed, then some are added."""

    removed: Expression | None = None
    added: Expression | None = None

    def then(self, later: _Change) -> _Change:
        """Both changes as one."""
        left = self.added
        if left is not None and later.removed is not None:
            left = difference(left, later.removed)
        return _Change(_joined(self.removed, later.removed), _joined(left, later.added))


def _marked(drawn: Sequence[tuple[str, Expression]], mode: str) -> Expression | None:
    """The pixels with a mark after all shapes: later shapes win. None: no pixel, so marks that are erased in full count as never made."""
    changes: list[_Change] = []
    for kind, shape in drawn:
        if kind == mode:
            changes.append(_Change(added=shape))
        # Edited pixels are neither protected nor ignored in any case (``Region.weights``).
        elif kind != "edit" and changes:
            changes.append(_Change(removed=shape))
    found = _in_sequence(changes).added
    if found is None or mode == "edit" or all(change.removed is None for change in changes):
        return found
    return found if bool(found.raster(_LOOK, _LOOK).any()) else None


def _in_sequence(changes: Sequence[_Change]) -> _Change:
    """All changes as one. Of many the halves are joined, so that expressions do not nest too deeply; weights are the same."""
    if len(changes) <= _NESTED:
        return reduce(_Change.then, changes, _Change())
    middle = len(changes) // 2
    return _in_sequence(changes[:middle]).then(_in_sequence(changes[middle:]))


def _joined(first: Expression | None, second: Expression | None) -> Expression | None:
    return union(first, second) if first is not None and second is not None else first or second

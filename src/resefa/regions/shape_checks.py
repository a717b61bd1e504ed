"""Checks of shapes: points, fractions in range, pixels inside the image, and areas of at least a pixel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from resefa.errors import RegionError
from resefa.regions.operations import Expression
from resefa.regions.quoting import shown
from resefa.regions.units import finite

Frame: TypeAlias = tuple[float, float, float, float]
"""The edges of a shape: top, left, bottom and right."""

ONE_PIXEL = 1 - 1e-6
"""Smallest area of a shape given in pixels."""
# Tolerance for rounding in sums like 0.7 + 0.3, in pixels or fractions.
_ROUNDING = 1e-9


def checked_points(points: Any, kind: str, least: int) -> tuple[tuple[float, float], ...]:
    """The (row, column) points of a shape as floats; ``kind`` is the shape's name in messages.

    Raises:
        RegionError: fewer than ``least`` points, a point that is not a pair, or a number that is not finite.
    """
    pairs = tuple(_pair(point, kind) for point in _iterated(points, kind))
    if len(pairs) < least:
        count = "three" if least == 3 else "one"
        raise RegionError(
            f"A {kind} has {len(pairs)} point{'s' if len(pairs) != 1 else ''}; give at least {count} (row, column) point{'s' if least > 1 else ''}."
        )
    return pairs


def frame_of(points: Iterable[tuple[float, float]]) -> Frame:
    """The bounding box of points."""
    rows, columns = zip(*points, strict=True)
    return min(rows), min(columns), max(rows), max(columns)


def below_a_pixel(shape: Expression, area: float, fractions: Expression | None) -> RegionError:
    """The error for a shape smaller than a pixel; ``fractions`` is the shape with its numbers as fractions, if possible."""
    problem = f"The region {shown(shape.text)} covers only {area:.2g} of a pixel"
    if fractions is None:
        return RegionError(f"{problem}; numbers without % are pixels, so give larger numbers.")
    return RegionError(f"{problem}; did you mean fractions of the image, {shown(fractions.text)}?")


def check_fractions(shape: Expression, frame: Frame) -> None:
    """Check that a shape in fractions lies within the image.

    Raises:
        RegionError: an edge is outside [0, 1].
    """
    top, left, bottom, right = frame
    if min(top, left) < -_ROUNDING or max(bottom, right) > 1 + _ROUNDING:
        raise RegionError(
            f"The region {shown(shape.text)} spans {top:.4g} to {bottom:.4g} of the image's height and {left:.4g} to "
            f"{right:.4g} of its width; fractions range from 0 to 1 (0% to 100%)."
        )


def check_inside(shape: Expression, frame: Frame, height: int, width: int) -> None:
    """Check that a shape in pixels lies within an image of this size.

    Raises:
        RegionError: the shape lies outside or extends beyond the image.
    """
    top, left, bottom, right = frame
    if top >= -_ROUNDING and left >= -_ROUNDING and bottom <= height + _ROUNDING and right <= width + _ROUNDING:
        return
    outside = bottom <= 0 or right <= 0 or top >= height or left >= width
    raise RegionError(
        f"The region {shown(shape.text)}, rows {top:g} to {bottom:g} and columns {left:g} to {right:g}, "
        f"{'lies outside' if outside else 'extends beyond'} the image of {height} x {width} pixels. If it was made for "
        "another resolution, give it in fractions of the image (percentages)."
    )


def _iterated(points: Any, kind: str) -> Iterable[Any]:
    try:
        return iter(points)
    except TypeError:
        raise RegionError(f"A {kind}'s points are {shown(points)}; give a list of (row, column) pairs.") from None


def _pair(point: Any, kind: str) -> tuple[float, float]:
    try:
        row, column = point
    except (TypeError, ValueError):
        raise RegionError(f"A {kind}'s point is {shown(point)}; give a (row, column) pair.") from None
    return finite(row, f"A {kind}'s row"), finite(column, f"A {kind}'s column")

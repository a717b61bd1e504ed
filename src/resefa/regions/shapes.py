"""Boxes, ellipses and polygons, in pixels or in fractions of the image.

Coordinates are continuous: pixel ``i`` reaches from ``i`` to ``i + 1``, so top 40 and height 14 cover rows 40 to 53.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from resefa.errors import RegionError
from resefa.regions.operations import Expression
from resefa.regions.quoting import shown
from resefa.regions.shape_checks import (
    ONE_PIXEL,
    Frame,
    below_a_pixel,
    check_fractions,
    check_inside,
    checked_points,
    frame_of,
)
from resefa.regions.units import FRACTION, PIXEL, checked_unit, finite, written
from resefa.types import PixelWeights

# Scan lines per row of pixels. Along a line the shape's extent is exact: only the row direction is sampled.
SCAN_LINES = 32
MOST_CROSSINGS = 2**24
"""Largest number of crossings of a polygon's edges with scan lines: each takes 16 bytes, and more while they are sorted."""


@dataclass(frozen=True)
class _Framed(Expression):
    """A shape that is defined by its bounding box.

    Raises:
        RegionError: a number is NaN or infinite, a size is not positive, or fractions leave [0, 1].
    """

    top: float
    left: float
    height: float
    width: float
    unit: str = PIXEL

    @property
    def kind(self) -> str:
        return type(self).__name__.lower()

    def __post_init__(self) -> None:
        checked_unit(self.unit)
        for name in ("top", "left", "height", "width"):
            object.__setattr__(self, name, finite(getattr(self, name), f"The {self.kind}'s {name}"))
        if self.height <= 0 or self.width <= 0:
            raise RegionError(
                f"The region {shown(self.text)} has height {self.height:g} and width {self.width:g}; both must be above 0. "
                "The order is top, left, height, width."
            )
        if self.unit == FRACTION:
            check_fractions(self, (self.top, self.left, self.top + self.height, self.left + self.width))

    def edges(self, height: int, width: int) -> Frame:
        """The edges (top, left, bottom, right) in pixels on an image of this size.

        Raises:
            RegionError: the shape is in pixels and extends beyond the image.
        """
        rows, columns = (height, width) if self.unit == FRACTION else (1, 1)
        top, bottom = self.top * rows, (self.top + self.height) * rows
        left, right = self.left * columns, (self.left + self.width) * columns
        if self.unit == PIXEL:
            check_inside(self, (top, left, bottom, right), height, width)
            if (bottom - top) * (right - left) < ONE_PIXEL:
                fractions = (
                    replace(self, unit=FRACTION) if max(self.top + self.height, self.left + self.width) <= 1 else None
                )
                raise below_a_pixel(self, (bottom - top) * (right - left), fractions)
        return top, left, bottom, right

    @property
    def text(self) -> str:
        numbers = (self.top, self.left, self.height, self.width)
        return f"{self.kind}:" + ",".join(written(number, self.unit) for number in numbers)


@dataclass(frozen=True)
class Box(_Framed):
    """A rectangle. A pixel's weight is the exact fraction of its area inside."""

    def raster(self, height: int, width: int) -> PixelWeights:
        top, left, bottom, right = self.edges(height, width)
        return torch.outer(interval_coverage(top, bottom, height), interval_coverage(left, right, width))


@dataclass(frozen=True)
class Ellipse(_Framed):
    """The ellipse inscribed in a box; its area is exact along columns and sampled at 32 lines per pixel along rows."""

    def raster(self, height: int, width: int) -> PixelWeights:
        top, left, bottom, right = self.edges(height, width)
        offset = (scan_lines(height) - (top + bottom) / 2) / ((bottom - top) / 2)
        lines = torch.nonzero(offset.abs() < 1).flatten()
        half_chord = (right - left) / 2 * torch.sqrt(1 - offset[lines] ** 2)
        center = (left + right) / 2
        ones = torch.ones_like(half_chord)
        return scanned_coverage(
            torch.cat([lines, lines]),
            torch.cat([center - half_chord, center + half_chord]),
            torch.cat([ones, -ones]),
            height,
            width,
        )


@dataclass(frozen=True)
class Polygon(Expression):
    """A closed polygon through (row, column) points; the even-odd rule decides where it crosses itself.

    Exact along columns, sampled at 32 lines per pixel along rows.

    Raises:
        RegionError: fewer than three points, a number that is NaN or infinite, or fractions outside [0, 1].
    """

    points: tuple[tuple[float, float], ...]
    unit: str = PIXEL

    def __post_init__(self) -> None:
        checked_unit(self.unit)
        object.__setattr__(self, "points", checked_points(self.points, "polygon", least=3))
        if self.unit == FRACTION:
            check_fractions(self, frame_of(self.points))

    def raster(self, height: int, width: int) -> PixelWeights:
        points = torch.tensor(self.points, dtype=torch.float64)
        if self.unit == FRACTION:
            points = points * torch.tensor([height, width], dtype=torch.float64)
        else:
            top, left, bottom, right = frame_of(self.points)
            check_inside(self, (top, left, bottom, right), height, width)
            if 0 < (bottom - top) * (right - left) < ONE_PIXEL:
                fractions = replace(self, unit=FRACTION) if max(bottom, right) <= 1 else None
                raise below_a_pixel(self, (bottom - top) * (right - left), fractions)
        start_row, start_column = points.T
        end_row, end_column = points.roll(-1, dims=0).T
        first = first_scan_line(torch.minimum(start_row, end_row), height)
        crossings = first_scan_line(torch.maximum(start_row, end_row), height) - first
        if int(crossings.sum()) > MOST_CROSSINGS:
            raise RegionError(
                f"A polygon with {len(points):,} points is too complex for an image of {height} x {width} pixels; give fewer points, or a mask."
            )
        edge = torch.repeat_interleave(torch.arange(len(points)), crossings)
        before = torch.cumsum(crossings, dim=0) - crossings
        line = first[edge] + torch.arange(len(edge)) - before[edge]
        share = (scan_lines(height)[line] - start_row[edge]) / (end_row[edge] - start_row[edge])
        column = start_column[edge] + share * (end_column[edge] - start_column[edge])
        column = column.clamp(0.0, float(width))
        order = (line * (width + 1.0) + column).argsort()  # by line, then by column
        # A closed curve crosses every line an even number of times: in, out, in, out.
        signs = torch.ones(len(edge), dtype=torch.float64)
        signs[1::2] = -1.0
        return scanned_coverage(line[order], column[order], signs, height, width)

    @property
    def text(self) -> str:
        return "polygon:" + ";".join(
            f"{written(row, self.unit)},{written(column, self.unit)}" for row, column in self.points
        )


def interval_coverage(start: float, end: float, size: int) -> Tensor:
    """The fraction of each pixel in a line of ``size`` pixels that lies in [start, end]: (size,) float64."""
    pixels = torch.arange(size, dtype=torch.float64)
    return ((pixels + 1).clamp(max=end) - pixels.clamp(min=start)).clamp(0.0, 1.0)


def scan_lines(height: int) -> Tensor:
    """Row coordinates of the scan lines, ``SCAN_LINES`` per pixel: (height * SCAN_LINES,) float64."""
    return (torch.arange(height * SCAN_LINES, dtype=torch.float64) + 0.5) / SCAN_LINES


def first_scan_line(row: Tensor, height: int) -> Tensor:
    """The index of the first scan line at or below each row coordinate, (n,) integers."""
    return torch.ceil(row * SCAN_LINES - 0.5).clamp(0, height * SCAN_LINES).long()


def scanned_coverage(lines: Tensor, columns: Tensor, signs: Tensor, height: int, width: int) -> Tensor:
    """The fraction of each pixel inside a shape, from the columns where scan lines enter and leave it.

    A line that enters at column ``x`` covers all pixels to the right of ``x`` until it leaves. Only the two pixels at
    ``x`` see a change, so changes are summed per pixel and then accumulated along each row.

    Args:
        lines: (n,) index of the scan line of each crossing.
        columns: (n,) column coordinate of each crossing.
        signs: (n,) +1 where the line enters the shape, -1 where it leaves.
        height: rows of the image.
        width: columns of the image.

    Returns:
        (height, width) float64 in [0, 1].
    """
    columns = columns.clamp(0.0, float(width))
    pixel = columns.floor()
    inside = columns - pixel
    # Two extra columns collect the crossings at and beyond the right edge.
    index = lines.div(SCAN_LINES, rounding_mode="floor") * (width + 2) + pixel.long()
    change = torch.zeros(height * (width + 2), dtype=torch.float64)
    change.index_add_(0, index, signs * (1 - inside) / SCAN_LINES)
    change.index_add_(0, index + 1, signs * inside / SCAN_LINES)
    covered = change.view(height, width + 2).cumsum(dim=1)[:, :width]
    # Rounding makes a fully covered pixel exactly 1 and an untouched pixel exactly 0.
    return covered.mul(1e12).round_().div_(1e12).clamp_(0.0, 1.0)

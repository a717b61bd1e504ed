"""Brush strokes: every point within a radius of a line through points."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from resefa.errors import RegionError
from resefa.regions.operations import Expression
from resefa.regions.shape_checks import (
    ONE_PIXEL,
    below_a_pixel,
    check_fractions,
    check_inside,
    checked_points,
    frame_of,
)
from resefa.regions.shapes import MOST_CROSSINGS, SCAN_LINES, scanned_coverage
from resefa.regions.units import FRACTION, PIXEL, checked_unit, finite, written
from resefa.types import PixelWeights

Floats = NDArray[np.float64]
_BAND = 32
"""Rows of the image that are rastered at once: their chords fit the processor's cache, which halves the time."""
_FLAT = 1e-12
"""Slope that changes nothing across an image, and whose inverse might overflow."""

Chords = tuple[Floats, Floats, Floats]
"""For each chord its scan line, and the columns where it begins and ends."""


@dataclass(frozen=True)
class Stroke(Expression):
    """A round brush of a radius, drawn along the line through (row, column) points; a single point is a dot.

    The radius is in pixels, or a fraction of the image's height on both axes: a stroke is round on images that are not square.
    The points lie in the image, and the part of the brush beyond the image's edge does not count. Exact along columns, sampled
    at 32 lines per pixel along rows.

    Raises:
        RegionError: no point, a number that is NaN or infinite, a radius that is not above 0, or fractions outside [0, 1].
    """

    points: tuple[tuple[float, float], ...]
    radius: float
    unit: str = PIXEL

    def __post_init__(self) -> None:
        checked_unit(self.unit)
        object.__setattr__(self, "points", checked_points(self.points, "stroke", least=1))
        object.__setattr__(self, "radius", finite(self.radius, "The stroke's radius"))
        if self.radius <= 0:
            raise RegionError(f"The stroke's radius is {self.radius:g}; give a number above 0.")
        if self.unit == FRACTION:
            check_fractions(self, frame_of(self.points))
            if self.radius > 1:
                raise RegionError(
                    f"A stroke with a radius of {self.radius:g} times the image's height is too wide; give a fraction up to 1 (100%), or a number of pixels."
                )

    def raster(self, height: int, width: int) -> PixelWeights:
        points, radius = np.array(self.points, dtype=np.float64), self.radius
        if self.unit == FRACTION:
            points, radius = points * (height, width), radius * height
        else:
            self._check_pixels(height, width)
        # A brush as wide as this covers the whole image; the square of a far larger radius overflows.
        return _raster(points, min(radius, float(height + width)), height, width)

    def _check_pixels(self, height: int, width: int) -> None:
        frame = frame_of(self.points)
        check_inside(self, frame, height, width)
        steps = (math.dist(start, end) for start, end in zip(self.points, self.points[1:], strict=False))
        radius = min(self.radius, 1.0)
        area = math.pi * radius**2 + 2 * radius * sum(steps)
        if area < ONE_PIXEL:
            raise below_a_pixel(self, area, replace(self, unit=FRACTION) if max(frame) <= 1 else None)

    @property
    def text(self) -> str:
        points = ";".join(f"{written(row, self.unit)},{written(column, self.unit)}" for row, column in self.points)
        return f"stroke:{written(self.radius, self.unit)};{points}"


def _raster(points: Floats, radius: float, height: int, width: int) -> PixelWeights:
    """The union of discs around the points and of bars between them; points and radius in pixels.

    Raises:
        RegionError: more chords than memory holds.
    """
    starts, ends = points[:-1], points[1:]
    length = np.hypot(*(ends - starts).T)
    starts, ends, length = starts[length > 0], ends[length > 0], length[length > 0]
    down, right = ((ends - starts) / length[:, None]).T
    # A bar's corners lie beside its ends by the radius.
    beside = radius * np.abs(right)
    tops = points[:, 0] - radius, np.minimum(starts[:, 0], ends[:, 0]) - beside
    bottoms = points[:, 0] + radius, np.maximum(starts[:, 0], ends[:, 0]) + beside
    if sum(_Lines.between(*rows, 0, height).total for rows in zip(tops, bottoms, strict=True)) > MOST_CROSSINGS:
        raise RegionError(
            f"A stroke with {len(points):,} points and this radius is too complex for an image of {height} x {width} pixels; give fewer points, or a mask."
        )
    bands = []
    for row in range(0, height, _BAND):
        end = min(row + _BAND, height)
        discs, bars = (_Lines.between(*rows, row, end) for rows in zip(tops, bottoms, strict=True))
        chords = _disc_chords(discs, points, radius), _bar_chords(bars, starts, (down, right), length, radius)
        line, enter, leave = (np.concatenate(both) for both in zip(*chords, strict=True))
        bands.append(_union_coverage(line - row * SCAN_LINES, enter, leave, end - row, width))
    return torch.cat(bands)


@dataclass(frozen=True)
class _Lines:
    """The scan lines of n shapes: for each shape the first line and the number of lines."""

    first: NDArray[np.int64]
    count: NDArray[np.int64]

    @classmethod
    def between(cls, top: Floats, bottom: Floats, first: int, end: int) -> _Lines:
        """For each shape the lines between two rows, among the image's rows from ``first`` to ``end``."""
        begin, stop = (
            np.ceil(row * SCAN_LINES - 0.5).clip(first * SCAN_LINES, end * SCAN_LINES).astype(np.int64)
            for row in (top, bottom)
        )
        return cls(begin, stop - begin)

    @property
    def total(self) -> int:
        """The number of lines of all shapes."""
        return int(self.count.sum())

    @property
    def numbers(self) -> Floats:
        """The indices of all lines, shape by shape."""
        return self.each(self.first - np.cumsum(self.count) + self.count) + np.arange(self.total, dtype=np.float64)

    def each(self, values: NDArray[Any]) -> NDArray[Any]:
        """A number of each shape, repeated for each of its lines."""
        return np.repeat(values, self.count)


def _disc_chords(lines: _Lines, centers: Floats, radius: float) -> Chords:
    """The chords of discs around points."""
    line = lines.numbers
    away = (line + 0.5) / SCAN_LINES - lines.each(centers[:, 0])
    half = np.sqrt(np.maximum(radius**2 - away**2, 0.0))
    column = lines.each(centers[:, 1])
    return line, column - half, column + half


def _bar_chords(lines: _Lines, starts: Floats, along: tuple[Floats, Floats], length: Floats, radius: float) -> Chords:
    """The chords of rectangles of width ``2 * radius`` around segments, in the directions ``along`` (down, right; unit vectors)."""
    down, right = along
    line = lines.numbers
    away = (line + 0.5) / SCAN_LINES - lines.each(starts[:, 0])
    # With x the column from the start: 0 <= down * away + right * x <= length, and -radius <= down * x - right * away <= radius.
    low, high = _interval(lines, right, -down, (np.zeros_like(length), length), away)
    near, far = _interval(lines, down, right, (np.full_like(length, -radius), np.full_like(length, radius)), away)
    enter, leave = np.maximum(low, near), np.minimum(high, far)
    crossed = enter < leave
    column = lines.each(starts[:, 1])[crossed]
    return line[crossed], column + enter[crossed], column + leave[crossed]


def _interval(
    lines: _Lines, slope: Floats, turn: Floats, limits: tuple[Floats, Floats], away: Floats
) -> tuple[Floats, Floats]:
    """The interval of x with ``low <= slope * x - turn * away <= high`` on each line; everything where the slope is 0.

    Everything, because the lines of a bar along an axis end where the bar ends.
    """
    flat = np.abs(slope) < _FLAT
    divisor = np.where(flat, 1.0, slope)
    first, second = limits[0] / divisor, limits[1] / divisor
    lower = np.where(flat, -np.inf, np.minimum(first, second))
    upper = np.where(flat, np.inf, np.maximum(first, second))
    middle = lines.each(turn / divisor) * away
    return lines.each(lower) + middle, lines.each(upper) + middle


def _union_coverage(line: Floats, enter: Floats, leave: Floats, height: int, width: int) -> PixelWeights:
    """The fraction of each pixel inside the union of chords.

    Sorted separately, the k-th end and the start after it enclose a gap of the union if the end lies before the start.
    """
    if not len(line):
        return torch.zeros(height, width, dtype=torch.float64)
    span = width + 1.0
    enters, leaves = line * span + enter.clip(0, width), line * span + leave.clip(0, width)
    enters.sort()
    leaves.sort()
    gap = leaves[:-1] < enters[1:]
    enters, leaves = enters[np.concatenate([[True], gap])], leaves[np.concatenate([gap, [True]])]
    crossings = np.concatenate([enters, leaves])
    lines = np.floor(crossings / span)
    return scanned_coverage(
        torch.from_numpy(lines.astype(np.int64)),
        torch.from_numpy(crossings - lines * span),
        torch.from_numpy(np.repeat([1.0, -1.0], len(enters))),
        height,
        width,
    )

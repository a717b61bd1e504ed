"""Brush strokes: every point within a radius of a line through points."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

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
        starts, ends = points[:-1], points[1:]
        length = np.hypot(*(ends - starts).T)
        starts, ends, length = starts[length > 0], ends[length > 0], length[length > 0]
        tops = np.concatenate([points[:, 0], np.minimum(starts[:, 0], ends[:, 0])]) - radius
        bottoms = np.concatenate([points[:, 0], np.maximum(starts[:, 0], ends[:, 0])]) + radius
        first = _first_line(tops, height)
        count = _first_line(bottoms, height) - first
        if int(count.sum()) > MOST_CROSSINGS:
            raise RegionError(
                f"A stroke with {len(points):,} points and this radius is too complex for an image of {height} x {width} pixels; give fewer points, or a mask."
            )
        dots, bars = slice(len(points)), slice(len(points), None)
        discs = _disc_chords(*_lines(first[dots], count[dots]), points, radius)
        sides = _bar_chords(
            *_lines(first[bars], count[bars]), starts, (ends - starts) / length[:, None], length, radius
        )
        line, enter, leave = (np.concatenate(both) for both in zip(discs, sides, strict=True))
        return _union_coverage(line, enter, leave, height, width)

    def _check_pixels(self, height: int, width: int) -> None:
        frame = frame_of(self.points)
        check_inside(self, frame, height, width)
        steps = (math.dist(start, end) for start, end in zip(self.points, self.points[1:], strict=False))
        area = math.pi * self.radius**2 + 2 * self.radius * sum(steps)
        if area < ONE_PIXEL:
            raise below_a_pixel(self, area, replace(self, unit=FRACTION) if max(frame) <= 1 else None)

    @property
    def text(self) -> str:
        points = ";".join(f"{written(row, self.unit)},{written(column, self.unit)}" for row, column in self.points)
        return f"stroke:{written(self.radius, self.unit)};{points}"


def _first_line(row: Floats, height: int) -> NDArray[np.int64]:
    """The index of the first scan line at or below each row coordinate, (n,) integers."""
    return np.ceil(row * SCAN_LINES - 0.5).clip(0, height * SCAN_LINES).astype(np.int64)


def _lines(first: NDArray[np.int64], count: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
    """The owner and the index of each scan line of shapes that have ``count`` lines from ``first``."""
    owner = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return owner, (first - before)[owner] + np.arange(len(owner), dtype=np.float64)


def _row(line: Floats) -> Floats:
    return (line + 0.5) / SCAN_LINES


def _disc_chords(owner: NDArray[np.int64], line: Floats, centers: Floats, radius: float) -> Chords:
    """The chords of discs around points."""
    away = _row(line) - centers[owner, 0]
    half = np.sqrt(np.maximum(radius**2 - away**2, 0.0))
    column = centers[owner, 1]
    return line, column - half, column + half


def _bar_chords(
    owner: NDArray[np.int64], line: Floats, starts: Floats, along: Floats, length: Floats, radius: float
) -> Chords:
    """The chords of rectangles of width ``2 * radius`` around segments, in the directions ``along`` (unit vectors)."""
    away = _row(line) - starts[owner, 0]
    down, right = along[owner].T
    # With x the column from the start: 0 <= down * away + right * x <= length, and |right * away - down * x| <= radius.
    low, high = _interval(right, -down * away, length[owner] - down * away)
    near, far = _interval(down, right * away - radius, right * away + radius)
    enter, leave = np.maximum(low, near), np.minimum(high, far)
    crossed = enter < leave
    column = starts[owner[crossed], 1]
    return line[crossed], column + enter[crossed], column + leave[crossed]


def _interval(slope: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The interval of x with ``low <= slope * x <= high``; empty (inf, -inf) or everything where the slope is 0."""
    flat = np.abs(slope) < _FLAT
    divisor = np.where(flat, 1.0, slope)
    first, second = low / divisor, high / divisor
    everywhere = (low <= 0) & (high >= 0)
    lower = np.where(flat, np.where(everywhere, -np.inf, np.inf), np.minimum(first, second))
    upper = np.where(flat, np.where(everywhere, np.inf, -np.inf), np.maximum(first, second))
    return lower, upper


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

"""Shapes that cover pixels: each gives the covered fraction of every pixel once the image's size is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image as PILImage
from PIL import ImageDraw
from torch import Tensor

from resefa.errors import RegionError
from resefa.pooling import area_average

SUPERSAMPLING = 8


def _number(value: float) -> str:
    return f"{value:g}"


@dataclass(frozen=True)
class Box:
    """A rectangle; in pixels of the image, or with ``fraction`` in fractions of its height and width."""

    top: float
    left: float
    height: float
    width: float
    fraction: bool = False
    kind: str = "box"

    def __post_init__(self) -> None:
        numbers = (self.top, self.left, self.height, self.width)
        if not all(isinstance(v, int | float) and math.isfinite(v) for v in numbers):
            raise RegionError(f"The {self.kind} {numbers} has a value that is not a finite number.")
        if self.height <= 0 or self.width <= 0:
            raise RegionError(
                f"The {self.kind} has height {_number(self.height)} and width {_number(self.width)}: both must be above 0."
            )

    @property
    def text(self) -> str:
        factor, sign = (100, "%") if self.fraction else (1, "")
        numbers = (self.top, self.left, self.height, self.width)
        return f"{self.kind}:" + ",".join(f"{_number(v * factor)}{sign}" for v in numbers)

    def edges(self, height: int, width: int) -> tuple[float, float, float, float]:
        """(top, left, bottom, right) in pixels.

        Raises:
            RegionError: the shape reaches beyond the image.
        """
        rows, columns = (height, width) if self.fraction else (1, 1)
        top, left = self.top * rows, self.left * columns
        bottom, right = top + self.height * rows, left + self.width * columns
        slack = 1e-6 * max(height, width)
        if top < -slack or left < -slack or bottom > height + slack or right > width + slack:
            raise RegionError(
                f"{self.text} spans rows {top:g} to {bottom:g} and columns {left:g} to {right:g}, outside the image of "
                f"{height} x {width} pixels: was it meant for another resolution? (fractions fit any: box:62%,28%,22%,44%)"
            )
        return top, left, bottom, right

    def coverage(self, height: int, width: int) -> Tensor:
        top, left, bottom, right = self.edges(height, width)
        rows = _overlap(top, bottom, height)
        columns = _overlap(left, right, width)
        return rows[:, None] * columns[None]


def _overlap(low: float, high: float, size: int) -> Tensor:
    start = torch.arange(size, dtype=torch.float64)
    return (torch.clamp(start + 1, max=high) - torch.clamp(start, min=low)).clamp(0, 1)


@dataclass(frozen=True)
class Ellipse(Box):
    """The ellipse inscribed in a box."""

    kind: str = "ellipse"

    def coverage(self, height: int, width: int) -> Tensor:
        top, left, bottom, right = self.edges(height, width)
        rows = (torch.arange(height * SUPERSAMPLING, dtype=torch.float64) + 0.5) / SUPERSAMPLING
        columns = (torch.arange(width * SUPERSAMPLING, dtype=torch.float64) + 0.5) / SUPERSAMPLING
        row = (2 * rows - top - bottom) / (bottom - top)
        column = (2 * columns - left - right) / (right - left)
        inside = (row.square()[:, None] + column.square()[None] <= 1).double()
        return area_average(inside[None, None], (height, width))[0, 0]


@dataclass(frozen=True)
class Polygon:
    """A closed polygon of (row, column) points."""

    points: tuple[tuple[float, float], ...]
    fraction: bool = False

    def __post_init__(self) -> None:
        if len(self.points) < 3:
            raise RegionError(f"A polygon of {len(self.points)} points came: it needs at least 3.")
        if not all(math.isfinite(value) for point in self.points for value in point):
            raise RegionError("A polygon has a value that is not a finite number.")

    @property
    def text(self) -> str:
        factor, sign = (100, "%") if self.fraction else (1, "")
        return "polygon:" + ";".join(",".join(f"{_number(v * factor)}{sign}" for v in p) for p in self.points)

    def coverage(self, height: int, width: int) -> Tensor:
        rows, columns = (height, width) if self.fraction else (1, 1)
        points = [(row * rows, column * columns) for row, column in self.points]
        if any(not (0 <= row <= height and 0 <= column <= width) for row, column in points):
            raise RegionError(f"{self.text} reaches outside the image of {height} x {width} pixels.")
        fine = PILImage.new("L", (width * SUPERSAMPLING, height * SUPERSAMPLING))
        corners = [(column * SUPERSAMPLING - 0.5, row * SUPERSAMPLING - 0.5) for row, column in points]
        ImageDraw.Draw(fine).polygon(corners, fill=1)
        inside = torch.from_numpy(np.array(fine, dtype=np.float64))
        return area_average(inside[None, None], (height, width))[0, 0]

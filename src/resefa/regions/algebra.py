"""Shapes made of shapes: union, intersection, difference, inversion, feathering."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from resefa.errors import RegionError

SPACED = {"+": "+", "&": "&", "-": " - "}


@dataclass(frozen=True)
class Combined:
    """Union (maximum), intersection (minimum) or difference (``min(a, 1 - b)``) of two shapes."""

    operation: str
    first: Any
    second: Any

    @property
    def text(self) -> str:
        return f"({self.first.text}{SPACED[self.operation]}{self.second.text})"

    def coverage(self, height: int, width: int) -> Tensor:
        first, second = self.first.coverage(height, width), self.second.coverage(height, width)
        if self.operation == "+":
            return first.maximum(second)
        return first.minimum(second if self.operation == "&" else 1 - second)


@dataclass(frozen=True)
class Inverted:
    """All pixels but these."""

    shape: Any

    @property
    def text(self) -> str:
        return f"!{self.shape.text}"

    def coverage(self, height: int, width: int) -> Tensor:
        return 1 - self.shape.coverage(height, width)


@dataclass(frozen=True)
class Feathered:
    """A shape with a soft edge. Weights are normalised at the image's border, so that all ones stay all ones."""

    shape: Any
    radius: float
    fraction: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.radius) and self.radius > 0):
            raise RegionError(f"A feather of {self.radius} came: give a radius above 0, for example mouth~2.")

    @property
    def text(self) -> str:
        return f"{self.shape.text}~{self.radius * 100:g}%" if self.fraction else f"{self.shape.text}~{self.radius:g}"

    def coverage(self, height: int, width: int) -> Tensor:
        sigma = self.radius * (height if self.fraction else 1)
        rows, columns = _blur(height, sigma), _blur(width, sigma)
        return rows @ self.shape.coverage(height, width) @ columns.T


def _blur(size: int, sigma: float) -> Tensor:
    place = torch.arange(size, dtype=torch.float64)
    kernel = torch.exp(-0.5 * ((place[:, None] - place[None]) / sigma).square())
    return kernel / kernel.sum(1, keepdim=True)

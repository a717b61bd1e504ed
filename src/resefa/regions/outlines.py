"""Pixel masks as annotation tools write them: small pictures at a place of the image, and run lengths down its columns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from resefa.regions.area import area_averaged
from resefa.regions.expression import Expression
from resefa.types import PixelWeights


@dataclass(frozen=True)
class Stamp(Expression):
    """A small mask whose top left pixel lies at (top, left) of an annotated image of ``rows`` x ``columns``."""

    marked: Tensor = field(compare=False, repr=False)
    top: int
    left: int
    rows: int
    columns: int

    def raster(self, height: int, width: int) -> PixelWeights:
        whole = torch.zeros(self.rows, self.columns, dtype=torch.bool)
        top, left = max(self.top, 0), max(self.left, 0)
        part = self.marked[top - self.top : self.rows - self.top, left - self.left : self.columns - self.left]
        whole[top : top + part.shape[0], left : left + part.shape[1]] = part
        return area_averaged(whole, height, width)

    @property
    def text(self) -> str:
        return f"mask[{self.rows}x{self.columns}]"


@dataclass(frozen=True)
class Runs(Expression):
    """Lengths of runs of 0 and of 1, by turns, down the columns of an image of ``rows`` x ``columns``."""

    lengths: tuple[int, ...]
    rows: int
    columns: int

    def raster(self, height: int, width: int) -> PixelWeights:
        values = np.arange(len(self.lengths)) % 2 == 1
        marked = np.repeat(values, self.lengths).reshape(self.columns, self.rows).T
        return area_averaged(torch.from_numpy(np.ascontiguousarray(marked)), height, width)

    @property
    def text(self) -> str:
        return f"mask[{self.rows}x{self.columns}]"

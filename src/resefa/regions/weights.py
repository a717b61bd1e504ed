"""A rasterised region: how much each pixel counts as edited, and how much as protected."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.errors import RegionError
from resefa.types import PixelWeights

# Weights come out of sums of floating-point numbers.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class RegionWeights:
    """Foreground and background weights, one pair per pixel (``f`` and ``b`` of the paper's section on local editing).

    What is missing from ``edit + protect`` to 1 is ignored: it counts for nothing.

    Attributes:
        edit: (h, w) float64 in [0, 1], the foreground ``f``.
        protect: (h, w) float64 in [0, 1], the background ``b``; ``edit + protect <= 1`` everywhere.

    Raises:
        RegionError: the two differ in shape, leave [0, 1], or sum to more than 1 somewhere.
    """

    edit: PixelWeights
    protect: PixelWeights

    def __post_init__(self) -> None:
        if self.edit.ndim != 2 or self.edit.shape != self.protect.shape or self.edit.numel() == 0:
            raise RegionError(
                f"Weights to edit came with shape {tuple(self.edit.shape)} and weights to protect with "
                f"{tuple(self.protect.shape)}: expected the same (height, width) for both."
            )
        edit, protect = self.edit.to(torch.float64), self.protect.to(torch.float64)
        # Written so that NaN fails too.
        if not bool(torch.minimum(edit, protect).min() >= -_ROUNDING and (edit + protect).max() <= 1 + _ROUNDING):
            raise RegionError(
                "Weights to edit and to protect must lie in [0, 1] and sum to at most 1 in every pixel, but these "
                "do not: clamp them, or subtract the one from the other."
            )
        edit = edit.clamp(0.0, 1.0)
        object.__setattr__(self, "edit", edit)
        object.__setattr__(self, "protect", torch.minimum(protect.clamp(0.0, 1.0), 1.0 - edit))

    @property
    def height(self) -> int:
        """Rows."""
        return self.edit.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.edit.shape[1]

    @property
    def edit_pixels(self) -> float:
        """Sum of the weights to edit: the region's area in pixels."""
        return float(self.edit.sum())

    @property
    def protect_pixels(self) -> float:
        """Sum of the weights to protect: the background's area in pixels."""
        return float(self.protect.sum())

    @property
    def fingerprint(self) -> str:
        """Equal for equal weights, the last bits of which may differ between machines: SHA-256 of both in 1/1024."""
        both = torch.stack([self.edit, self.protect]).cpu() * 1024
        return hashlib.sha256(both.round().to(torch.int16).numpy().tobytes()).hexdigest()

    def resized(self, height: int, width: int) -> RegionWeights:
        """The same region on another pixel grid, by area averaging; mean weights are kept.

        Raises:
            RegionError: the size is not two positive whole numbers.
        """
        return RegionWeights(area_averaged(self.edit, height, width), area_averaged(self.protect, height, width))


_STRETCH = 0.02


def area_averaged(values: PixelWeights, height: int, width: int) -> PixelWeights:
    """Resize weights so that every new pixel is the mean of the old ones beneath it, counted by overlapping area.

    The mean over the image is kept. Where an axis grows, a new pixel inside one old pixel takes its value. The ratio
    need not be a whole number, nor the same on both axes.

    Args:
        values: (h, w), weights in [0, 1] of any dtype.
        height: rows of the result.
        width: columns of the result.

    Returns:
        (height, width) float64. Zeros stay exactly zero and ones exactly one.

    Raises:
        RegionError: the new size is not two positive whole numbers.
    """
    check_image_size(height, width)
    rows_first = _average_rows(values, height)
    return _average_rows(rows_first.T, width).T.contiguous().clamp_(0.0, 1.0)


def check_image_size(height: int, width: int) -> None:
    """Refuse an image size that is not two positive whole numbers.

    Raises:
        RegionError: as said.
    """
    if not (isinstance(height, int) and isinstance(width, int) and height > 0 and width > 0):
        raise RegionError(
            f"A region was asked for on an image of {height} x {width}: give the height and width in pixels as two "
            "positive whole numbers."
        )


def check_aspect(size: tuple[int, ...], height: int, width: int, name: str) -> None:
    """Refuse a mask that would be stretched: one of another aspect ratio than the image.

    Raises:
        RegionError: as said; ``name`` is the mask's.
    """
    rows, columns = size
    # How far the mask's far edge would move, as a share of the image; a pixel of either grid is forgiven.
    stretch = abs(rows * width - columns * height) / max(rows * width, columns * height)
    if stretch > max(_STRETCH, 1 / min(rows, columns, height, width) if min(rows, columns) > 2 else 0):
        raise RegionError(
            f"{name} has {rows} x {columns} pixels, another aspect ratio than the image's {height} x {width}; crop or resize it to "
            "fit the image, and try again."
        )


def _average_rows(values: Tensor, size: int) -> Tensor:
    old = values.shape[0]
    if old == size:
        return values.to(torch.float64)
    # All lengths are counted in units of 1 / (old * size) of the image, where both grids have whole-number edges:
    # overlaps are then exact, and a column of ones sums to exactly ``old``.
    start = torch.arange(size) * old
    first = start // size
    total = torch.zeros(size, values.shape[1], dtype=torch.float64)
    for step in range(-(-old // size) + 1):
        row = first + step
        overlap = torch.minimum((row + 1) * size, start + old) - torch.maximum(row * size, start)
        total += overlap.clamp(min=0).double()[:, None] * values[row.clamp(max=old - 1)]
    return total / old

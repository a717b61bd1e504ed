"""Weights of a rasterised region, one pair per pixel, and area averaging onto another pixel grid."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.errors import RegionError
from resefa.types import PixelWeights

# Tolerance for weights that are sums of floating-point numbers.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class RegionWeights:
    """Weights to edit and to protect, a pair per pixel (``f`` and ``b`` in the paper's section on local editing).

    The remainder, ``1 - edit - protect``, is ignored: changes there are neither wanted nor unwanted.

    Attributes:
        edit: (h, w) float64 in [0, 1], ``f`` of the paper.
        protect: (h, w) float64 in [0, 1], ``b`` of the paper; ``edit + protect <= 1`` everywhere.

    Raises:
        RegionError: different shapes, weights outside [0, 1], or a sum above 1.
    """

    edit: PixelWeights
    protect: PixelWeights

    def __post_init__(self) -> None:
        if self.edit.ndim != 2 or self.edit.shape != self.protect.shape or self.edit.numel() == 0:
            raise RegionError(
                f"The weights to edit have shape {tuple(self.edit.shape)} and the weights to protect "
                f"{tuple(self.protect.shape)}; give the same (height, width) for both."
            )
        edit, protect = self.edit.to(torch.float64), self.protect.to(torch.float64)
        # Written so that NaN fails too.
        if not bool(torch.minimum(edit, protect).min() >= -_ROUNDING and (edit + protect).max() <= 1 + _ROUNDING):
            raise RegionError(
                f"Weights to edit and to protect must lie in [0, 1] and sum to at most 1 in each pixel; here the smallest is "
                f"{float(torch.minimum(edit, protect).min()):.4g} and the largest sum {float((edit + protect).max()):.4g}. Clamp them, "
                "or subtract one from the other."
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
        """Sum of the weights to edit: the area inside, in pixels."""
        return float(self.edit.sum())

    @property
    def protect_pixels(self) -> float:
        """Sum of the weights to protect: the area outside, in pixels."""
        return float(self.protect.sum())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of both weights in units of 1/1024: the last bits may differ between machines."""
        both = torch.stack([self.edit, self.protect]).cpu() * 1024
        return hashlib.sha256(both.round().to(torch.int16).numpy().tobytes()).hexdigest()

    def resized(self, height: int, width: int) -> RegionWeights:
        """The same region on another pixel grid, by area averaging, which preserves mean weights.

        Raises:
            RegionError: the size is not two positive whole numbers.
        """
        return RegionWeights(area_averaged(self.edit, height, width), area_averaged(self.protect, height, width))


_STRETCH = 0.02


def area_averaged(values: PixelWeights, height: int, width: int) -> PixelWeights:
    """Resize weights by area averaging: a new pixel is the mean of the old pixels beneath it, weighted by overlap.

    The mean over the image is preserved. Where an axis grows, a new pixel inside an old pixel takes its value. Any ratio is
    allowed, also a different ratio on each axis.

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
    """Check that an image size is two positive whole numbers.

    Raises:
        RegionError: it is not.
    """
    if not (isinstance(height, int) and isinstance(width, int) and height > 0 and width > 0):
        raise RegionError(
            f"An image cannot have {height} x {width} pixels; give the height and width as two positive whole numbers."
        )


def check_aspect(size: tuple[int, ...], height: int, width: int, name: str) -> None:
    """Check that a mask has the image's aspect ratio: no mask is stretched. ``name`` is the mask's, for the message.

    Raises:
        RegionError: another aspect ratio.
    """
    rows, columns = size
    # Shift of the mask's far edge as a fraction of the image; one pixel of either grid is tolerated.
    stretch = abs(rows * width - columns * height) / max(rows * width, columns * height)
    if stretch > max(_STRETCH, 1 / min(rows, columns, height, width) if min(rows, columns) > 2 else 0):
        raise RegionError(
            f"{name} has {rows} x {columns} pixels, another aspect ratio than the image of {height} x {width}; crop or resize it to "
            "the image's aspect ratio."
        )


def _average_rows(values: Tensor, size: int) -> Tensor:
    old = values.shape[0]
    if old == size:
        return values.to(torch.float64)
    # In units of 1 / (old * size) of the image both grids have whole-number edges: overlaps are exact, and a column of
    # ones sums to exactly ``old``.
    start = torch.arange(size) * old
    first = start // size
    total = torch.zeros(size, values.shape[1], dtype=torch.float64)
    for step in range(-(-old // size) + 1):
        row = first + step
        overlap = torch.minimum((row + 1) * size, start + old) - torch.maximum(row * size, start)
        total += overlap.clamp(min=0).double()[:, None] * values[row.clamp(max=old - 1)]
    return total / old

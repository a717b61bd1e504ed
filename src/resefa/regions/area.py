"""Area averaging: the exact box filter between two pixel grids, for any ratio of their sizes."""

from __future__ import annotations

import torch
from torch import Tensor

from resefa.errors import RegionError
from resefa.types import PixelWeights

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

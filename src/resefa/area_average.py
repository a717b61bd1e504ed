"""Area averaging onto another pixel grid: a new pixel is the mean of the old pixels beneath it, weighted by overlap.

Two functions, since images and weights need different guarantees. Images are averaged in their type and on their device by a linear
map, which therefore commutes with the Jacobian, and only onto coarser grids. Weights are averaged in float64 with integer overlaps, so that
zeros stay exactly zero and ones exactly one, onto finer grids too.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.errors import RegionError, UsageError
from resefa.types import Image, PixelWeights


def analysis_size(resolution: tuple[int, int], wanted: int | tuple[int, int] | None) -> tuple[int, int]:
    """Rows and columns of the analysis resolution; a single number is the longer side.

    Raises:
        UsageError: larger than the image, or below one pixel.
    """
    height, width = resolution
    if wanted is None:
        return resolution
    if isinstance(wanted, int):
        longer = max(height, width)
        wanted = (
            (max(1, round(height * wanted / longer)), max(1, round(width * wanted / longer))) if wanted > 0 else (0, 0)
        )
    if not (0 < wanted[0] <= height and 0 < wanted[1] <= width):
        raise UsageError(
            f"An analysis resolution of {wanted[0]} x {wanted[1]} is not possible: the image has {height} x {width} pixels; "
            "give at least 1 pixel and at most the image's size."
        )
    return wanted


def area_average(images: Image, size: tuple[int, int]) -> Image:
    """Images (b, c, h, w) averaged onto a coarser grid of ``size``, rows and columns."""
    if tuple(images.shape[-2:]) == tuple(size):
        return images
    if images.shape[-2] % size[0] == 0 and images.shape[-1] % size[1] == 0:
        return F.avg_pool2d(images, (images.shape[-2] // size[0], images.shape[-1] // size[1]))
    rows = _area_matrix(images.shape[-2], size[0]).to(images)
    columns = _area_matrix(images.shape[-1], size[1]).to(images)
    return rows @ images @ columns.T


def _area_matrix(fine: int, coarse: int) -> torch.Tensor:
    """Matrix (coarse, fine) of overlaps: row i averages the interval [i, i + 1) * fine / coarse of the fine axis."""
    edges = torch.arange(coarse + 1, dtype=torch.float64) * (fine / coarse)
    starts = torch.arange(fine, dtype=torch.float64)
    overlap = torch.minimum(edges[1:, None], starts + 1) - torch.maximum(edges[:-1, None], starts)
    return overlap.clamp_min(0) * (coarse / fine)


def area_average_weights(values: PixelWeights, height: int, width: int) -> PixelWeights:
    """Weights averaged onto another pixel grid.

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

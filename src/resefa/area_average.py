"""Area averaging, from the image to the analysis resolution and never by picking pixels."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from resefa.errors import UsageError
from resefa.types import Image


def analysis_size(resolution: tuple[int, int], wanted: int | tuple[int, int] | None) -> tuple[int, int]:
    """(rows, columns) to analyse at; a single number is the longer side.

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
    """Average each image over the areas of a coarser grid (linear, so it commutes with the Jacobian)."""
    if tuple(images.shape[-2:]) == tuple(size):
        return images
    if images.shape[-2] % size[0] == 0 and images.shape[-1] % size[1] == 0:
        return F.avg_pool2d(images, (images.shape[-2] // size[0], images.shape[-1] // size[1]))
    rows = _area_matrix(images.shape[-2], size[0]).to(images)
    columns = _area_matrix(images.shape[-1], size[1]).to(images)
    return rows @ images @ columns.T


def _area_matrix(fine: int, coarse: int) -> torch.Tensor:
    """(coarse, fine) matrix of overlaps: row i averages the stretch [i, i + 1) * fine / coarse of the fine axis."""
    edges = torch.arange(coarse + 1, dtype=torch.float64) * (fine / coarse)
    starts = torch.arange(fine, dtype=torch.float64)
    overlap = torch.minimum(edges[1:, None], starts + 1) - torch.maximum(edges[:-1, None], starts)
    return overlap.clamp_min(0) * (coarse / fine)

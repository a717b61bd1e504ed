"""Area coverage: how much of each pixel a shape covers, from intervals of rows and columns.

Coordinates are continuous: pixel ``i`` reaches from ``i`` to ``i + 1``, and the image from 0 to its size.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Lines laid through every row of pixels; along each the shape's extent is exact, so only rows are sampled.
SCAN_LINES = 32


def interval_coverage(start: float, end: float, size: int) -> Tensor:
    """How much of each of ``size`` pixels in a line the interval [start, end] covers: (size,) float64 in [0, 1]."""
    pixels = torch.arange(size, dtype=torch.float64)
    return ((pixels + 1).clamp(max=end) - pixels.clamp(min=start)).clamp(0.0, 1.0)


def scan_lines(height: int) -> Tensor:
    """Row coordinates of the scan lines, ``SCAN_LINES`` to a pixel: (height * SCAN_LINES,) float64."""
    return (torch.arange(height * SCAN_LINES, dtype=torch.float64) + 0.5) / SCAN_LINES


def first_scan_line(row: Tensor, height: int) -> Tensor:
    """Index of the first scan line at or below each row coordinate, (n,) integers from 0 to height * SCAN_LINES."""
    return torch.ceil(row * SCAN_LINES - 0.5).clamp(0, height * SCAN_LINES).long()


def scanned_coverage(lines: Tensor, columns: Tensor, signs: Tensor, height: int, width: int) -> Tensor:
    """Coverage from the columns where scan lines enter and leave a shape.

    A line that enters at column ``x`` covers everything right of ``x`` until it leaves. Only the two pixels at ``x``
    see a change, so changes are summed per pixel and then accumulated along each row.

    Args:
        lines: (n,) index of the scan line of each crossing.
        columns: (n,) column coordinate of each crossing.
        signs: (n,) +1 where the line enters the shape, -1 where it leaves.
        height: rows of the image.
        width: columns of the image.

    Returns:
        (height, width) float64 in [0, 1].
    """
    columns = columns.clamp(0.0, float(width))
    pixel = columns.floor()
    inside = columns - pixel
    # Two spare columns take what happens at and beyond the right edge.
    index = lines.div(SCAN_LINES, rounding_mode="floor") * (width + 2) + pixel.long()
    change = torch.zeros(height * (width + 2), dtype=torch.float64)
    change.index_add_(0, index, signs * (1 - inside) / SCAN_LINES)
    change.index_add_(0, index + 1, signs * inside / SCAN_LINES)
    covered = change.view(height, width + 2).cumsum(dim=1)[:, :width]
    # Rounding makes a fully covered pixel exactly 1 again and an untouched one exactly 0.
    return covered.mul(1e12).round_().div_(1e12).clamp_(0.0, 1.0)

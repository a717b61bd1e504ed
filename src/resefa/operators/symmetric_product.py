"""``X X^T`` in float64 from its lower strips alone: 5/8 of a full product's work and memory.

The matrix is cut into four strips of rows; strip i holds its columns up to its own diagonal block. A list of strips is
called packed. Sums are taken strip by strip; ``unpacked`` mirrors them, so that symmetry holds to the last bit.
"""

from __future__ import annotations

import torch
from torch import Tensor

_STRIPS = 4


def _ends(n: int) -> list[int]:
    return [n * (i + 1) // _STRIPS for i in range(_STRIPS)] if n >= 64 else [n]


def empty_packed(n: int, device: torch.device, *leading: int) -> list[Tensor]:
    """Zeros, (..., rows of the strip, columns up to its end) each."""
    ends = _ends(n)
    starts = [0, *ends[:-1]]
    return [
        torch.zeros(*leading, end - start, end, dtype=torch.float64, device=device)
        for start, end in zip(starts, ends, strict=True)
    ]


def add_product(packed: list[Tensor], x: Tensor) -> None:
    """Add ``x x^T`` of x (n, k) float64, in place; with leading dimensions (t, n, k) to packed of as many."""
    start = 0
    for strip in packed:
        end = strip.shape[-1]
        rows, columns = x[..., start:end, :], x[..., :end, :].transpose(-1, -2)
        if x.ndim == 2:
            strip.addmm_(rows, columns)
        else:
            strip.baddbmm_(rows, columns)
        start = end


def unpacked(packed: list[Tensor], n: int) -> Tensor:
    """(n, n), exactly symmetric."""
    lower = torch.zeros(n, n, dtype=torch.float64, device=packed[0].device)
    start = 0
    for strip in packed:
        end = strip.shape[-1]
        lower[start:end, :end] = strip
        start = end
    return lower.tril_() + lower.tril(-1).T

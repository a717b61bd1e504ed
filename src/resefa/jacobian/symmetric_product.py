"""The symmetric product ``X X^T`` in float64, of which only strips of the lower triangle are computed and stored (9/16).

The matrix is cut into strips of rows; strip i holds its columns up to its own diagonal block. Packed is one tensor
(..., length) with the strips one after another, so that sums are sums of vectors. ``unpacked`` mirrors the strips: symmetry
holds to the last bit.
"""

from __future__ import annotations

import torch
from torch import Tensor


def _ends(n: int) -> list[int]:
    # Thin strips make slow products.
    count = 1 if n < 64 else 4 if n < 256 else 8
    return [n * (i + 1) // count for i in range(count)]


def packed_length(n: int) -> int:
    """The number of values in the packed form of an (n, n) matrix."""
    ends = _ends(n)
    return sum((end - start) * end for start, end in zip([0, *ends[:-1]], ends, strict=True))


def empty_packed(n: int, device: torch.device, *leading: int) -> Tensor:
    """Packed sums of zeros, (..., length)."""
    return torch.zeros(*leading, packed_length(n), dtype=torch.float64, device=device)


def _strips(packed: Tensor, n: int) -> list[tuple[int, int, Tensor]]:
    """The first row, the row after the last, and a view (..., rows, columns) of each strip."""
    found, start, offset = [], 0, 0
    for end in _ends(n):
        length = (end - start) * end
        found.append((start, end, packed[..., offset : offset + length].unflatten(-1, (end - start, end))))
        start, offset = end, offset + length
    return found


def add_product(packed: Tensor, x: Tensor) -> None:
    """Add ``x x^T`` of x (n, k) float64, in place; with leading dimensions (t, n, k), to packed sums (t, ...)."""
    for start, end, strip in _strips(packed, x.shape[-2]):
        rows, columns = x[..., start:end, :], x[..., :end, :].transpose(-1, -2)
        if x.ndim == 2:
            strip.addmm_(rows, columns)
        else:
            strip.baddbmm_(rows, columns)


def unpacked(packed: Tensor, n: int) -> Tensor:
    """The matrix (n, n) of a packed sum, exactly symmetric."""
    lower = torch.zeros(n, n, dtype=torch.float64, device=packed.device)
    for start, end, strip in _strips(packed, n):
        lower[start:end, :end] = strip
    return lower.tril_() + lower.tril(-1).T

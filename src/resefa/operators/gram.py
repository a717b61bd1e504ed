"""Gram matrices ``J^T diag(weights) J`` (the paper's A and B of equation 7), summed in float64 and mergeable.

A Gram is a sum over output values, so those of several row blocks, images or processes add up: ``gram_1 + gram_2``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# Rows of J that are turned to float64 at a time: bounds the scratch memory at (rows x n x 8) bytes.
_BLOCK_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False)
class Gram:
    """A weighted sum of outer products of Jacobian rows.

    Attributes:
        total: (n, n) float64, symmetric: sum over values j of ``weight_j * J_j^T J_j``.
        weight: sum of the weights, that is the number of output values (pixels x channels) that count.
    """

    total: Tensor
    weight: float

    @property
    def mean(self) -> Tensor:
        """``total / weight``: ``d^T mean d`` is the mean squared change of a value per unit step along d (eq. 5)."""
        return self.total / self.weight if self.weight > 0 else torch.zeros_like(self.total)

    @property
    def trace(self) -> float:
        """Trace of ``mean``."""
        return float(self.mean.diagonal().sum())

    def __add__(self, other: Gram) -> Gram:
        return Gram(self.total + other.total, self.weight + other.weight)

    def __sub__(self, other: Gram) -> Gram:
        return Gram(self.total - other.total, self.weight - other.weight)


def gram_of_rows(rows: Tensor, weights: Tensor | None = None) -> Gram:
    """The Gram matrix of ``rows``, (m, n), with one weight per row; float64 on a device that has it, else on the CPU.

    Rows of weight zero cost nothing.
    """
    rows = rows.cpu() if rows.device.type == "mps" else rows
    n = rows.shape[1]
    total = torch.zeros(n, n, dtype=torch.float64, device=rows.device)
    if weights is None:
        chosen, roots = None, None
        count, weight = len(rows), float(len(rows))
    else:
        weights = weights.to(rows.device, torch.float64)
        chosen = weights.nonzero().squeeze(1)
        roots = weights[chosen].sqrt()
        count, weight = len(chosen), float(weights.sum())
    step = max(1, _BLOCK_BYTES // (8 * max(n, 1)))
    for start in range(0, count, step):
        if chosen is None:
            block = rows[start : start + step].double()
        else:
            block = rows[chosen[start : start + step]].double() * roots[start : start + step, None]
        total.addmm_(block.T, block)
    # Symmetric to the last bit, whatever order the product summed in.
    return Gram((total + total.T) / 2, weight)

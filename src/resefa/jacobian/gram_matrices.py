"""Gram matrices ``J^T diag(weights) J`` (A and B in the paper's equation 7) as float64 sums that can be added.

A Gram is a sum over output values, so those of several row blocks, images or processes add up: ``gram_1 + gram_2``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from resefa.errors import SolverError
from resefa.files import tensor_file
from resefa.files.output_file import write_bytes
from resefa.jacobian.symmetric_product import add_product, empty_packed, unpacked

# Values of J that are turned to float64 at a time. A few MiB stay in the cache until they are multiplied; but each block costs
# a pass over the n x n sum, so that it should have 1,024 rows unless the scratch memory forbids it.
_CACHED_BYTES = 8 * 2**20
_BLOCK_BYTES = 64 * 2**20
FORMAT = tensor_file.Format("resefa.gram", 1, "a Gram matrix")
LARGEST_FILE = 2**36
"""The largest file that ``Gram.load`` reads, in bytes: a matrix over 90,000 dimensions."""


@dataclass(frozen=True, eq=False)
class Gram:
    """A Gram matrix: the weighted sum of outer products of Jacobian rows.

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
        self._check(other)
        return Gram(self.total + other.total, self.weight + other.weight)

    def __sub__(self, other: Gram) -> Gram:
        self._check(other)
        return Gram(self.total - other.total, self.weight - other.weight)

    def scaled(self, factor: float) -> Gram:
        """The matrix with ``factor`` times the weights, so that ``mean`` is the same: the weight of an image in a sum."""
        return Gram(self.total * factor, self.weight * factor)

    def _check(self, other: Gram) -> None:
        if self.total.shape != other.total.shape:
            raise SolverError(
                f"Gram matrices over {len(self.total)} and {len(other.total)} dimensions cannot be added; add matrices for the same "
                "latent space and the same layers."
            )

    def save(self, path: str | Path) -> None:
        """Write a safetensors file, which another process can ``load`` and add.

        Raises:
            OutputError: it cannot be written.
        """
        facts = FORMAT.metadata(weight=json.dumps(self.weight))
        write_bytes(path, tensor_file.to_bytes({"total": self.total}, facts))

    @classmethod
    def load(cls, path: str | Path) -> Gram:
        """Read a Gram matrix that ``save`` wrote; no code in the file runs.

        Raises:
            SolverError: it is missing, damaged or something else.
        """
        tensors, facts = tensor_file.load_tensors(path, LARGEST_FILE, raises=SolverError)
        FORMAT.expect(facts, Path(path).name, raises=SolverError)
        try:
            total, weight = tensors["total"], float(json.loads(facts["weight"]))
        except (KeyError, ValueError, TypeError, RecursionError) as error:
            raise SolverError(
                f"{path} is damaged; compute the Gram matrix again and write it with Gram.save."
            ) from error
        square = total.ndim == 2 and total.shape[0] == total.shape[1] and total.dtype == torch.float64
        if not square or not weight >= 0 or not bool(torch.isfinite(total).all()):
            raise SolverError(
                f"{path} does not hold a square float64 matrix and its weight; compute the Gram matrix again and write it with Gram.save."
            )
        return cls(total, weight)


def value_weights(weights: Tensor, channels: int) -> Tensor:
    """One weight for each value of the image, (c * h * w,), from weights of the pixels (h, w) or of the values (c, h, w)."""
    return weights.flatten().repeat(channels) if weights.ndim == 2 else weights.flatten()


def total_weight(weights: Tensor, channels: int) -> float:
    """The sum of ``value_weights``, the weighted number of values."""
    return channels * float(weights.sum()) if weights.ndim == 2 else float(weights.sum())


def gram_of_rows(rows: Tensor, weights: Tensor | None = None) -> Gram:
    """The Gram matrix of ``rows``, (m, n), with one weight per row; float64 on a device that has it, else on the CPU.

    Rows of weight zero cost nothing.
    """
    packed, weight = packed_gram(rows, weights)
    return Gram(unpacked(packed, rows.shape[1]), weight)


def packed_gram(rows: Tensor, weights: Tensor | None = None) -> tuple[Tensor, float]:
    """The Gram matrix of ``rows`` in the packed form of ``symmetric_product``, and the sum of the weights."""
    rows = rows.cpu() if rows.device.type == "mps" else rows
    m, n = rows.shape
    packed = empty_packed(n, rows.device)
    width = 8 * max(n, 1)
    step = max(1, min(_BLOCK_BYTES // width, max(_CACHED_BYTES // width, 1024)))
    if weights is None:
        for start in range(0, m, step):
            add_product(packed, rows[start : start + step].T.double())
        return packed, float(m)
    weights = weights.to(rows.device, torch.float64)
    chosen = weights.nonzero().squeeze(1)
    roots = weights[chosen].sqrt()
    even = bool((roots == 1).all())
    for start in range(0, len(chosen), step):
        part = slice(start, start + step)
        # J is stored column by column: rows of J are columns there.
        block = rows.T.index_select(1, chosen[part]).double()
        add_product(packed, block if even else block.mul_(roots[part]))
    return packed, float(weights.sum())

"""The weight of each image in a normalised sum of Gram matrices, estimated in searches that never sum the matrices themselves.

The weight is ``1 / trace(J^T diag(w) J)``. On a searched subspace V the trace is exact; the rest is the mean of ``n |diag(w)^(1/2) J (I - V V^T) v|^2``
over random unit vectors v (Hutch++: Meyer, Musco, Musco and Woodruff 2021). The estimate improves as V grows, without further JVPs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import scipy.stats
import torch
from torch import Tensor

from resefa.solvers.subspace import Subspace
from resefa.solvers.trace_estimate import CONFIDENCE

PROBES = 16
"""JVPs for each image at first."""
_TINY = 1e-300

Rows: TypeAlias = Sequence[tuple[Tensor, Tensor]]


def scale_of(trace: float) -> float:
    """The factor by which the Gram matrix of one image enters a normalised sum; 0 for an image that nothing changes."""
    return 1 / trace if trace > 0 else 0.0


class TraceProbes:
    """Random unit vectors with their JVPs on every image, from which traces are estimated; the same for every region."""

    def __init__(self) -> None:
        self._random = torch.Generator().manual_seed(0)
        self._steps = torch.zeros(0, 0, dtype=torch.float64)
        self._moved = torch.zeros(0, 0)

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def nbytes(self) -> int:
        return self._steps.nbytes + self._moved.nbytes

    def draw(self, subspace: Subspace, count: int) -> None:
        """Draw further unit vectors: one JVP of each image for each."""
        m, n = subspace.shape
        steps = torch.randn(count, n, generator=self._random, dtype=torch.float64)
        steps = steps / steps.norm(dim=1, keepdim=True)
        moved = subspace.pushed_new(steps).to(subspace.dtype)
        self._moved = torch.cat([self._moved.reshape(-1, m).to(moved), moved])
        self._steps = torch.cat([self._steps.reshape(-1, n), steps])

    def estimate(self, subspace: Subspace, rows: Rows) -> ImageTraces:
        """The traces of all images, exact on the subspace and estimated on the rest.

        The vectors must not depend on the subspace, which they never join.
        """
        n = subspace.shape[1]
        searched = _totals(subspace.energy()[None], rows)[0]
        if len(subspace) >= n:
            return ImageTraces(rows, searched, searched.new_zeros(0, *searched.shape))
        left = self._moved.to(torch.float64) - subspace.pushed(self._steps @ subspace.basis.T)
        rest = _totals(left.square_().mul_(n), rows)
        values = searched + rest.mean(0)
        return ImageTraces(rows, values, (searched + rest - values) / values.clamp_min(_TINY))


@dataclass(frozen=True, eq=False)
class ImageTraces:
    """The traces of the Gram matrices of each image.

    Attributes:
        rows: for each image the weights inside and outside of its output values, (m_i,) each.
        values: (images, 2) float64, inside and outside.
        deviations: (probes, images, 2) how far the samples of the single random vectors, whose mean each value is, lie from it, relative;
            none where the values are exact.
        drawn: how many of these were drawn for this estimate.
    """

    rows: Rows
    values: Tensor
    deviations: Tensor
    drawn: int = 0

    @property
    def scales(self) -> list[tuple[float, ...]]:
        """For each image the factors of its weights inside and outside."""
        return [tuple(map(scale_of, pair)) for pair in self.values.tolist()]

    @property
    def probes(self) -> int:
        """Number of random vectors behind the values."""
        return len(self.deviations)

    def errors_of_quotients(self, changes: Tensor, tau: float) -> tuple[float, ...]:
        """How far quotients of the normalised sum may be off, relative, because the traces were estimated; to first order.

        The weight of an image enters both the sum and the mean: only the difference of its shares in the two counts. Each random vector
        gives a sample of a quotient's error; the result is the error of their mean at a one-sided confidence of 99 %.

        Args:
            changes: (k, m) ``J d`` of unit directions d.
            tau: the ridge as a fraction of trace(B).
        """
        scales = torch.tensor(self.scales, dtype=torch.float64)
        parts = _totals(changes.square(), self.rows) * scales
        # The ridge is a fraction of the trace of each image.
        parts[..., 1] += tau * (scales * self.values)[:, 1]
        sizes = torch.tensor([[float(part.sum()) for part in pair] for pair in self.rows], dtype=torch.float64) * scales
        apart = _shares(parts, 1) - _shares(sizes, 0)
        # A trace too large by a fraction is a weight too small by it, in the numerator and in the denominator.
        signs = torch.tensor([-1.0, 1.0], dtype=torch.float64)
        samples = torch.einsum("kis,jis->jk", apart * signs, self.deviations)
        count = len(samples)
        if not count:
            return (0.0,) * len(changes)
        quantile = float(scipy.stats.t.ppf(CONFIDENCE, count - 1))
        return tuple((quantile * samples.std(0) / count**0.5).tolist())


def _totals(squares: Tensor, rows: Rows) -> Tensor:
    """Weighted sums of squares (k, m) over the values of each image, inside and outside: (k, images, 2) float64."""
    found = []
    for squared, pair in zip(squares.split([len(pair[0]) for pair in rows], dim=1), rows, strict=True):
        found.append(torch.stack([squared @ part.to(squared) for part in pair], 1))
    return torch.stack(found, 1)


def _shares(values: Tensor, dimension: int) -> Tensor:
    return values / values.sum(dimension, keepdim=True).clamp_min(_TINY)

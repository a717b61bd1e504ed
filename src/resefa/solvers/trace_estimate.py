"""Estimate of trace(B), and its standard error, from random products with J, for the ridge of a matrix-free search.

``trace(B)`` is the part on a subspace V, which is exact, and a mean of ``|(I - V V^T) g|^2`` over probes ``g = J^T u`` that are independent
of V (Hutch++: Meyer, Musco, Musco and Woodruff 2021). Two kinds of probe give such samples. Held-out probes never join V. The probes
that V began with serve too, each against the span of all others (XTrace: Epperly, Tropp and Webber 2024), without further products.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf, sqrt

import scipy.stats
import torch
from torch import Tensor

from resefa.solvers.subspace import Form

CONFIDENCE = 0.99
"""One-sided confidence level of the error: 2.4 standard errors with many probes, more with few."""
_FEW = 8
"""Number of samples below which their variance is unreliable."""
_SMALL = 2048
"""Largest number of dimensions for which the full problem is quick to solve once all products are computed."""
_BLOCK = 64
"""Number of products at a time when all remaining dimensions are measured."""


@dataclass(frozen=True)
class TraceEstimate:
    """An estimate of trace(B) and its error.

    Attributes:
        value: the estimate.
        error: how far off it may be, as a fraction of it; 0 where it is exact.
        samples: how many held-out probes it rests on, beside those that V began with.
    """

    value: float
    error: float = 0.0
    samples: int = 0

    def more_for(self, wanted: float) -> int:
        """Number of further probes that bring the error to about ``wanted``."""
        if self.error <= wanted:
            return 0
        return ceil(self.samples * ((self.error / max(wanted, 1e-9)) ** 2 - 1))


@dataclass(frozen=True, eq=False)
class Sketch:
    """The probes that started a subspace.

    Attributes:
        rows: (q, n) all probes ``J^T u``.
        drawn_for_b: which of them were drawn for B.
        dimensions: of the subspace once they had joined.
    """

    rows: Tensor
    drawn_for_b: slice
    dimensions: int


class TraceOfB:
    """The estimate of trace(B) for a growing subspace, from held-out probes, the sketch, or all remaining dimensions."""

    def __init__(self, form: Form, held_out: Tensor, sketch: Sketch | None) -> None:
        self.form, self.subspace, self.held_out = form, form.subspace, held_out
        self._sketch = sketch
        self._samples = torch.zeros(0, dtype=torch.float64)
        self._rest: tuple[int, float] | None = None

    def estimate(self) -> TraceEstimate:
        """The current estimate; exact if the subspace is the whole space or all remaining dimensions were measured."""
        b = self.form.matrix
        inner = float(b.diagonal().sum())
        if len(self.subspace) >= self.subspace.shape[1]:
            return TraceEstimate(inner)
        if self._rest is not None:
            dimensions, rest = self._rest
            # What has joined since is part of both.
            return TraceEstimate(float(b[:dimensions, :dimensions].diagonal().sum()) + rest)
        basis = self.subspace.basis
        rest = (self.held_out - (self.held_out @ basis.T) @ basis).square().sum(1)
        if self._sketch is not None:
            size = self._sketch.dimensions
            self._samples = leave_one_out(
                self._sketch.rows, self._sketch.drawn_for_b, basis[:size], b[:size, :size]
            )  # fmt: skip
            self._sketch = None
        return estimate(inner, rest, self._samples)

    def refine(self, more: int, probes: Callable[[int], Tensor], largest: int) -> None:
        """Draw ``more`` held-out probes, or measure all remaining dimensions if that is cheaper.

        Args:
            probes: count -> random signs u (count, m) for B.
            largest: dimensions that the subspace may have.
        """
        n, p = self.subspace.shape[1], len(self.subspace)
        if more < n - p:
            self.held_out = torch.cat([self.held_out, self.subspace.adjoint(probes(more))])
            return
        lacking = torch.linalg.qr(self.subspace.basis.T, mode="complete").Q.T[p:]
        if n <= _SMALL and largest >= n:
            self.subspace.join(lacking)  # the same products, and then nothing is estimated
            return
        rest = 0.0
        for block in lacking.split(_BLOCK):
            rest += float((self.subspace.pushed_new(block).square() @ self.form.weights).sum())
        self._rest = (p, rest)


def leave_one_out(rows: Tensor, which: slice, basis: Tensor, form: Tensor) -> Tensor:
    """A sample of trace(B) for each probe in ``rows[which]``, against the span of ``basis`` without that probe.

    Args:
        rows: (q, n) all probes ``J^T u`` that have joined ``basis``.
        which: those drawn for B.
        basis: (p, n) orthonormal, whose last q rows span what the probes added.
        form: (p, p) B on it.

    Returns:
        (count,) samples, or none where some probes depend on others.
    """
    q = len(rows)
    coordinates = rows @ basis[len(basis) - q :].T
    dual, info = torch.linalg.inv_ex(coordinates)
    if int(info) or not bool(torch.isfinite(dual).all()):
        return rows.new_zeros(0)
    # Column i of the inverse is orthogonal to all probes but i: the direction that V would lack without it.
    alone = dual.T[which]
    lengths = alone.norm(dim=1)
    alone = alone / lengths[:, None]
    own = form[len(basis) - q :, len(basis) - q :]
    return form.diagonal().sum() - ((alone @ own) * alone).sum(1) + lengths.reciprocal().square()


def estimate(inner: float, rest: Tensor, whole: Tensor) -> TraceEstimate:
    """Combine the trace on V, samples of the rest (held-out probes) and samples of the whole (``leave_one_out``)."""
    samples = torch.cat([inner + rest, whole])
    count = len(samples)
    value = float(samples.mean())
    if not value > 0:
        return TraceEstimate(max(inner, 0.0), inf)
    # Equal weights: weights by variance would favour samples that happen to be small. The rest outside V shrinks as V grows, so the
    # spread of the samples of the whole bounds that of the rest where the latter are too few.
    spreads = [float(each.std()) if len(each) > 1 else 0.0 for each in (rest, whole)]
    if len(rest) < _FEW:
        spreads[0] = max(spreads)
    deviation = sqrt(len(rest) * spreads[0] ** 2 + len(whole) * spreads[1] ** 2) / count
    quantile = float(scipy.stats.t.ppf(CONFIDENCE, max(1, count - 1)))
    return TraceEstimate(value, quantile * deviation / value, len(rest))

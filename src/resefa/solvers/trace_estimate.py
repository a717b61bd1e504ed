"""The trace of B from random products with J alone, with its standard error.

``trace(B)`` is the part on a subspace V, which is exact, and a mean of ``|(I - V V^T) g|^2`` over probes ``g = J^T u`` that V knows nothing of
(Hutch++: Meyer, Musco, Musco and Woodruff 2021). Two kinds of probe give such samples. Those that are held out never join V. Those that
V was begun with serve too, each against the span of all others (XTrace: Epperly, Tropp and Webber 2024): no product more.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, sqrt

import scipy.stats
import torch
from torch import Tensor

CONFIDENCE = 0.99
"""One-sided, of the error that is said: 2.4 standard errors where probes are many, more where they are few."""
_FEW = 8
"""Samples whose own variance is not yet worth much."""


@dataclass(frozen=True)
class TraceEstimate:
    """Attributes:
    value: the estimate.
    error: how far off it may be, as a share of it; 0 where it is exact.
    samples: how many held-out probes it rests on, beside those that V was begun with.
    """

    value: float
    error: float = 0.0
    samples: int = 0

    def more_for(self, wanted: float) -> int:
        """How many probes more make the error about ``wanted``."""
        if self.error <= wanted:
            return 0
        return ceil(self.samples * ((self.error / max(wanted, 1e-9)) ** 2 - 1))


def leave_one_out(rows: Tensor, which: slice, basis: Tensor, form: Tensor) -> Tensor:
    """A sample of trace(B) for each probe of ``rows[which]`` against the span of ``basis`` without it.

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
    # Column i of the inverse is orthogonal to all probes but i: what V would lack without it.
    alone = dual.T[which]
    lengths = alone.norm(dim=1)
    alone = alone / lengths[:, None]
    own = form[len(basis) - q :, len(basis) - q :]
    return form.diagonal().sum() - ((alone @ own) * alone).sum(1) + lengths.reciprocal().square()


def estimate(known: float, rest: Tensor, whole: Tensor) -> TraceEstimate:
    """From what V holds, samples of what it lacks (held-out probes) and samples of all (``leave_one_out``)."""
    samples = torch.cat([known + rest, whole])
    count = len(samples)
    value = float(samples.mean())
    if not value > 0:
        return TraceEstimate(max(known, 0.0), inf)
    # All weigh alike: by their own variances those that happen to be small would weigh more. V lacks less than it did when it
    # began, so the spread of the samples of all is a bound of that of the rest, where these are too few to tell.
    spreads = [float(each.std()) if len(each) > 1 else 0.0 for each in (rest, whole)]
    if len(rest) < _FEW:
        spreads[0] = max(spreads)
    deviation = sqrt(len(rest) * spreads[0] ** 2 + len(whole) * spreads[1] ** 2) / count
    quantile = float(scipy.stats.t.ppf(CONFIDENCE, max(1, count - 1)))
    return TraceEstimate(value, quantile * deviation / value, len(rest))

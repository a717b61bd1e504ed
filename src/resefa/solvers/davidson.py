"""The search of the matrix-free solver: residuals extend a subspace until every eigenpair is within the tolerance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from resefa.errors import SolverError, parameter
from resefa.solvers.eigenpairs import Whitening
from resefa.solvers.ridge import check_trace, larger_tau
from resefa.solvers.subspace import Form, Subspace
from resefa.solvers.trace_estimate import Sketch, TraceEstimate, TraceOfB

if TYPE_CHECKING:
    from resefa.solvers.matrix_free import Search

HELD_OUT = 4
"""Probes per side (inside, outside) that measure the subspace: they never join it, so their estimates stay unbiased."""
_SKETCH = 2
"""Probes per side and requested direction in the first sketch; more probes cost more than the rounds they save."""
_LEAST_SKETCH = 16
AIM = 0.9
"""Fraction of the tolerance that the error of the ridge may use."""
MOST_PROBES = 32
"""Largest number of probes for the ridge in one round."""


class Pairs:
    """The best eigenpairs in one round of the search.

    Attributes:
        values: (k,) quotients.
        vectors: (k, p) coordinates on the subspace.
        floor: the next quotient after the requested ones.
        ridge: of this round.
        trace_error: of the estimate of trace(B), of which the ridge is a fraction; relative.
        gaps: (k,) relative; NaN until measured.
        residuals: (k, n) ``A d - theta B' d``.
        shares: (k,) the ridge's part of ``d^T B' d``: the relative change of a quotient per relative change of the ridge.
        changing: (k,) whether the direction changes the inside by more than rounding.
    """

    def __init__(
        self, values: Tensor, vectors: Tensor, floor: Tensor, *, ridge: float, trace_error: float, dimensions: int
    ) -> None:
        self.values, self.vectors, self.floor, self.ridge, self.trace_error = values, vectors, floor, ridge, trace_error
        self.residuals = values.new_zeros(len(values), dimensions)
        self.gaps = torch.full_like(values, torch.nan)
        self.shares = torch.ones_like(values)
        self.changing = torch.ones_like(values, dtype=torch.bool)


class Davidson:
    """The state of one search.

    Args:
        subspace: where it starts; it grows in place.
        weights: inside and outside, (m,) each, of sum 1.

    Raises:
        SolverError: the memory or the products are too few for k pairs.
    """

    trace: TraceOfB

    def __init__(
        self, subspace: Subspace, weights: tuple[Tensor, Tensor], *, k: int, tau: float, search: Search
    ) -> None:
        m, n = subspace.shape
        self.subspace, self.weights, self.tau, self.search = subspace, weights, tau, search
        self.k = min(k, n)
        self.forms = [Form(subspace, part) for part in weights]
        self.before = (subspace.forward, subspace.reverse)
        # Different probes for each search of this subspace: held-out probes must not lie in it by construction.
        self.random = torch.Generator().manual_seed(search.seed + subspace.reverse)
        self.held_inside = torch.zeros(0, n, dtype=torch.float64)
        self.limit = search.max_products or 4 * n + 8 * HELD_OUT
        width = 8 * n + subspace.dtype.itemsize * m
        self.largest = n if search.memory is None else int(search.memory // width)
        least = 2 * self.k + 2
        if self.largest < least and self.largest < n:
            # The subspace has half of the memory budget.
            raise SolverError(
                f"The memory budget holds {self.largest} latent vectors with their JVPs, but k = {self.k} needs at least {least}; give "
                f"{parameter('memory', f'{least * width * 2 / 2**30:.2g}GiB')} or more, or a lower {parameter('analysis_resolution')}."
            )
        fewest = least_products(self.k)
        if self.limit < fewest:
            raise SolverError(
                f"{parameter('max_products', self.limit)} is too small for k = {self.k}; give at least {fewest}."
            )

    def search_pairs(self) -> Pairs:
        """Extend the subspace until the certificate meets the tolerance, or products or memory run out."""
        n = self.subspace.shape[1]
        self.sketch()
        settled = torch.zeros(0, dtype=torch.bool)
        while True:
            whole = len(self.subspace) >= n
            trace = self.trace.estimate()
            check_trace(trace.value)
            pairs = self.ritz(trace)
            self.measure(pairs, ~torch.nn.functional.pad(settled, (0, len(pairs.values) - len(settled))))
            due = pairs.gaps > self.search.tolerance
            count = int(due.sum())
            # The whole space always fits, even if more residuals than dimensions remain.
            full = self.largest < n and len(self.subspace) + count > self.largest
            full = full or sum(self.spent()) + 2 * count + self.k > self.limit
            if not count or whole or full:
                # Pairs settled in an earlier round are measured once more.
                self.measure(pairs, pairs.gaps.isnan())
                due = pairs.gaps > self.search.tolerance
                count = int(due.sum())
            spent = sum(self.spent())
            if self.search.progress is not None:
                self.search.progress(spent, max(spent, min(self.limit, spent + 4 * count)))
            if not count and not whole and (more := self.probes_for(trace, pairs)):
                self.trace.refine(more, lambda number: self.probes(1, number), self.largest)
                settled = torch.zeros(0, dtype=torch.bool)
                continue
            if not count or whole or full or not len(self.subspace.extend(pairs.residuals[due])):
                return pairs
            settled = ~due

    def sketch(self) -> None:
        """Begin the subspace with probes of both sides, and draw held-out probes of each side in the same call."""
        n = self.subspace.shape[1]
        least = _LEAST_SKETCH // 2 if len(self.subspace) else _LEAST_SKETCH
        few = min(n, max(least, _SKETCH * self.k))
        inside, outside = self.search.inside or few, self.search.outside or few
        # A sketched vector costs two products, and the residual of each final pair costs one.
        most = min((self.limit - self.k - 2 * HELD_OUT) // 2, self.largest if self.largest < n else self.limit)
        inside = min(inside, most // 2)
        outside = min(outside, most - inside)
        if len(self.subspace):
            outside = 0  # another region on the same image has nearly the same outside
        # Without a sketch of the outside, the estimate of the ridge rests on held-out probes alone, and few give a poor error bound.
        held = HELD_OUT if outside or self.limit < 2 * least_products(self.k) else 2 * HELD_OUT
        counts = [inside, outside, HELD_OUT, held]
        signs = [self.probes(part, count) for part, count in zip((0, 1, 0, 1), counts, strict=True)]
        rows = self.subspace.adjoint(torch.cat(signs)).split(counts)
        joined, before = torch.cat(rows[:2]), len(self.subspace)
        added = len(self.subspace.extend(joined, max(0, self.largest - before)))
        began = None
        if added == len(joined) < n - before:
            began = Sketch(joined, slice(inside, inside + outside), len(self.subspace))
        self.held_inside = rows[2]
        self.trace = TraceOfB(self.forms[1], rows[3], began)

    def probes(self, part: int, count: int) -> Tensor:
        """Random signs u (count, m), weighted so that the mean of ``|J^T u|^2`` is the trace."""
        roots = self.weights[part].sqrt()
        signs = torch.randint(0, 2, (count, len(roots)), generator=self.random, dtype=torch.int8)
        return (2 * signs - 1) * roots

    def probes_for(self, trace: TraceEstimate, pairs: Pairs) -> int:
        """Number of further probes that bring the ridge's effect on the eigenvalues below the tolerance."""
        wanted = AIM * self.search.tolerance / max(float(pairs.shares.max()), 1e-12)
        more = trace.more_for(wanted)
        left = self.limit - sum(self.spent()) - 2 * self.k
        # Probes are drawn in rounds, since the first few give a poor estimate of the number needed.
        rest = self.subspace.shape[1] - len(self.subspace)
        if more >= rest:
            return rest if left >= rest else 0
        return max(0, min(more, left, max(MOST_PROBES, 2 * trace.samples)))

    def ritz(self, trace: TraceEstimate) -> Pairs:
        """The best eigenpairs in the subspace (Rayleigh-Ritz)."""
        ridge = self.tau * trace.value
        a, b = (form.matrix for form in self.forms)
        whitening = Whitening.of(b + ridge * torch.eye(len(b), dtype=b.dtype))
        if whitening is None:
            raise SolverError(
                f"B is not positive definite at {parameter('tau', self.tau)}; use a larger ridge, for example {parameter('tau', larger_tau(self.tau))}."
            )
        values, coordinates = torch.linalg.eigh(whitening.whitened(a))
        order = torch.arange(len(values) - 1, len(values) - 1 - min(self.k, len(values)), -1)
        vectors = whitening.directions(coordinates[:, order])
        vectors = vectors / vectors.norm(dim=1, keepdim=True)
        floor = values[order[-1] - 1] if order[-1] > 0 else values.new_zeros(())
        return Pairs(
            values[order].clamp_min(0), vectors, floor.clamp_min(0),
            ridge=ridge, trace_error=trace.error, dimensions=self.subspace.shape[1],
        )  # fmt: skip

    def measure(self, pairs: Pairs, which: Tensor) -> None:
        """The residuals ``A d - theta B' d`` and relative gaps of the chosen pairs, from one VJP each."""
        if not bool(which.any()):
            return
        inside, outside = self.weights
        values, ridge = pairs.values[which], pairs.ridge
        pushed = self.subspace.pushed(pairs.vectors[which])
        covectors = pushed * (inside - values[:, None] * outside)
        d = pairs.vectors[which] @ self.subspace.basis
        residuals = self.subspace.adjoint(covectors) - values[:, None] * ridge * d
        energy = pushed.square() @ outside + ridge
        nearby = residuals.norm(dim=1) / (ridge * energy).sqrt()
        # Distance to the next quotient after the requested ones: close pairs mix, and only their span counts. Half of it, because the
        # next quotient of the whole problem is larger than that of the subspace.
        apart = ((values - pairs.floor) / 2).clamp_min(torch.finfo(torch.float64).tiny)
        gaps = torch.minimum(nearby, nearby.square() / apart) / values.clamp_min(torch.finfo(torch.float64).tiny)
        # If the inside has fewer dimensions than requested pairs, the other pairs are rounding, and settled.
        changing = pushed.square() @ inside > self.rounding()
        pairs.changing[which] = changing
        pairs.residuals[which], pairs.gaps[which] = residuals, torch.where(changing, gaps, 0.0)
        pairs.shares[which] = torch.where(changing, ridge / energy, 0.0)

    def rounding(self) -> float:
        """The smallest change inside per unit step that exceeds rounding error."""
        precision = max(torch.finfo(torch.float64).eps, torch.finfo(self.subspace.dtype).eps ** 2)
        return self.subspace.shape[1] * precision * float(self.forms[0].matrix.diagonal().sum())

    def searched_shares(self) -> tuple[float, float]:
        """Fractions of trace(A) and trace(B) that the subspace contains, estimated from held-out probes."""
        basis = self.subspace.basis
        return _share(self.held_inside, basis), _share(self.trace.held_out, basis)

    def spent(self) -> tuple[int, int]:
        """The number of JVPs and VJPs that this search has computed."""
        return self.subspace.forward - self.before[0], self.subspace.reverse - self.before[1]


def least_products(k: int) -> int:
    """The smallest number of products for a search of k eigenpairs."""
    return 2 * (2 * k + 2) + k + 2 * HELD_OUT


def _share(rows: Tensor, basis: Tensor) -> float:
    """The fraction of the rows' energy that lies in the span of ``basis``."""
    whole = float(rows.square().sum())
    return float((rows @ basis.T).square().sum()) / whole if whole > 0 else 1.0

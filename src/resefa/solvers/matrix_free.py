"""The best directions from products with J alone (paper, equations 6 to 12), for latent spaces of any size.

Every useful eigenvector of ``A d = lambda B' d`` lies in span(range(J_f^T), range(J_b^T)). So (1) both parts are sketched with
random probes in reverse mode (Halko, Martinsson and Tropp 2011), (2) the orthonormal basis V of the sketches is pushed forward once, which
gives A and B on it exactly, (3) the small problem is solved with the ridge (Rayleigh and Ritz), (4) V grows by the residuals
``A d - theta B' d``, one reverse and one forward product each (Davidson 1975), until the certificate meets the tolerance.

The Woodbury form of the ridge (equation 12) is within step 4: a residual is orthogonal to V, where the large eigenvalues of B have been
found, and on the rest B' is close to ``t I``; so ``B'^-1 r`` is close to ``r / t``, and the plain residual is the preconditioned one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from resefa.errors import SolverError
from resefa.jacobian.linear_operator import LinearOperator
from resefa.runtime.progress import Progress
from resefa.solvers.certificate import Certificate
from resefa.solvers.ridge import DEFAULT_TAU, Ridge, check_changes
from resefa.solvers.solution import Solution
from resefa.solvers.subspace import Form, Subspace
from resefa.solvers.trace_estimate import TraceEstimate, estimate, leave_one_out

HELD_OUT = 4
"""Probes of each part that judge the subspace: they never join it, so that what they say stays unbiased as it grows."""
_SKETCH = 2
"""Probes of each part in the first sketch, per direction that is asked for; more cost more than the rounds that they save."""
_LEAST_SKETCH = 16
AIM = 0.9
"""Of the tolerance, what the ridge may take: the more it takes, the rarer both errors go beyond."""
MOST_PROBES = 32
"""More of the ridge's probes than this are drawn in rounds."""
SMALL = 2048
"""Dimensions up to which the whole problem is solved in little time, once all products are there."""
_BLOCK = 64
"""Products at a time where the whole rest of the space is measured."""


@dataclass(frozen=True)
class Search:
    """How far to go.

    Attributes:
        tolerance: of the certificate's relative gaps.
        products: at most so many, forward and reverse together; None: until the tolerance is met, at the latest when V is the whole space.
        memory: bytes for V and J V; None: no bound.
        inside, outside: probes of the first sketch; None: chosen from k and n.
        seed: of the probes.
    """

    tolerance: float = 0.01
    products: int | None = None
    memory: int | None = None
    inside: int | None = None
    outside: int | None = None
    seed: int = 0


def solve_matrix_free(
    operator: LinearOperator,
    inside: Tensor,
    outside: Tensor,
    *,
    k: int,
    tau: float = DEFAULT_TAU,
    search: Search | None = None,
    subspace: Subspace | None = None,
    progress: Progress | None = None,
) -> tuple[Solution, Subspace]:
    """The k best directions of ``max_d d^T A d / d^T (B + tau trace(B) I) d``, with a certificate.

    Args:
        operator: J, (m, n).
        inside, outside: (m,) weights of the rows, in ``A = J^T diag(inside) J / sum(inside)`` and B alike.
        k: how many pairs.
        tau: ridge as a fraction of trace(B), above zero.
        search: tolerance and bounds.
        subspace: of an earlier call with the same operator: what it knows is not computed again.
        progress: called with (products spent, products that seem needed).

    Returns:
        the solution and the subspace, for the next region.

    Raises:
        SolverError: tau is 0, A or B is zero, or the tolerance is none.
    """
    return _Run(operator, inside, outside, k, tau, search or Search(), subspace, progress).result()


class _Run:
    def __init__(
        self,
        operator: LinearOperator,
        inside: Tensor,
        outside: Tensor,
        k: int,
        tau: float,
        search: Search,
        subspace: Subspace | None,
        progress: Progress | None,
    ) -> None:
        if not tau > 0 or tau == float("inf"):
            raise SolverError(f"tau = {tau} is not possible: the matrix-free solver needs a ridge above 0, often 1e-3.")
        if not search.tolerance > 0:
            raise SolverError(
                f"tolerance = {search.tolerance} is not possible; give a share above 0, for example 0.01."
            )
        self.k = min(k, operator.shape[1])
        self.tau, self.search, self.progress = tau, search, progress
        self.weights = [_mean_weights(w) for w in (inside, outside)]
        self.space = Subspace(operator) if subspace is None else subspace
        self.forms = [Form(self.space, w) for w in self.weights]
        self.before = (self.space.forward, self.space.reverse)
        # Other probes for each search of this subspace: held-out ones must not lie in it by construction.
        self.random = torch.Generator().manual_seed(search.seed + self.space.reverse)
        self.first: tuple[Tensor, slice, int] | None = None
        self.first_samples = torch.zeros(0, dtype=torch.float64)
        self.exact_rest: tuple[int, float] | None = None
        self.limit = search.products or 4 * self.space.shape[1] + 8 * HELD_OUT
        width = 8 * self.space.shape[1] + self.space.dtype.itemsize * self.space.shape[0]
        self.room = self.space.shape[1] if search.memory is None else int(search.memory // width)
        least = 2 * self.k + 2
        if self.room < least and self.room < self.space.shape[1]:
            raise SolverError(
                f"The memory budget holds {self.room} vectors and at least {least} are needed: give "
                f"{least * width * 2 / 2**30:.2g} GiB with --memory, or a lower --analysis-resolution."
            )
        fewest = least_products(self.k)
        if self.limit < fewest:
            raise SolverError(
                f"{self.limit} products were allowed and at least {fewest} are needed for k = {self.k}: allow more."
            )

    def result(self) -> tuple[Solution, Subspace]:
        n = self.space.shape[1]
        held = self.sketched()
        settled = torch.zeros(0, dtype=torch.bool)
        while True:
            a, b = (form.matrix for form in self.forms)
            whole = len(self.space) >= n
            trace = self.trace_of(b, held[1])
            ridge = self.tau * trace.value
            check_changes(trace.value)
            values, vectors, floor = self.ritz(a, b, ridge)
            pairs = _Pairs(values, vectors, floor, ridge, n)
            self.measure(pairs, ~torch.nn.functional.pad(settled, (0, len(values) - len(settled))))
            due = pairs.gaps > self.search.tolerance
            count = int(due.sum())
            # The whole space has always room, however many residuals point at what is left of it.
            full = self.room < n and len(self.space) + count > self.room
            full = full or sum(self.spent()) + 2 * count + self.k > self.limit
            if not count or whole or full:
                # Pairs that an earlier round closed have to be looked at once more.
                self.measure(pairs, pairs.gaps.isnan())
                due = pairs.gaps > self.search.tolerance
                count = int(due.sum())
            spent = sum(self.spent())
            if self.progress is not None:
                self.progress(spent, max(spent, min(self.limit, spent + 4 * count)))
            if not count and not whole and (more := self.probes_for(trace, pairs)):
                held[1] = self.better_known(held[1], more)
                settled = torch.zeros(0, dtype=torch.bool)
                continue
            if not count or whole or full or not len(self.space.extend(pairs.residuals[due])):
                break
            settled = ~due
        certificate = Certificate(
            pairs.gaps, *(_share(rows, self.space.basis) for rows in held), *self.spent(), len(self.space),
            self.search.tolerance, trace.error * pairs.shares,
        )  # fmt: skip
        return self.finished(pairs, a, b, certificate), self.space

    def trace_of(self, b: Tensor, held: Tensor) -> TraceEstimate:
        """Of the background: exact where the subspace is the whole space, or all the rest has been measured."""
        known = float(b.diagonal().sum())
        if len(self.space) >= self.space.shape[1]:
            return TraceEstimate(known)
        if self.exact_rest is not None:
            dimensions, rest = self.exact_rest
            # What has joined since is part of both.
            return TraceEstimate(float(b[:dimensions, :dimensions].diagonal().sum()) + rest)
        basis = self.space.basis
        rest = (held - (held @ basis.T) @ basis).square().sum(1)
        return estimate(known, rest, self.of_sketch(b))

    def of_sketch(self, b: Tensor) -> Tensor:
        """Samples of the trace from the probes that the subspace began with, once and for all."""
        if self.first is not None:
            rows, which, size = self.first
            self.first_samples = leave_one_out(rows, which, self.space.basis[:size], b[:size, :size])
            self.first = None
        return self.first_samples

    def probes_for(self, trace: TraceEstimate, pairs: _Pairs) -> int:
        """How many probes more the ridge needs, so that the quotients hang on it by less than the tolerance."""
        wanted = AIM * self.search.tolerance / max(float(pairs.shares.max()), 1e-12)
        more = trace.more_for(wanted)
        left = self.limit - sum(self.spent()) - 2 * self.k
        # Probes come in rounds, since those of the first are few to judge by.
        rest = self.space.shape[1] - len(self.space)
        if more >= rest:
            return rest if left >= rest else 0
        return max(0, min(more, left, max(MOST_PROBES, 2 * trace.samples)))

    def better_known(self, held: Tensor, more: int) -> Tensor:
        """``more`` held-out probes of the background, or, where that is cheaper, its trace on all that the subspace lacks."""
        n, p = self.space.shape[1], len(self.space)
        if more < n - p:
            return torch.cat([held, self.space.adjoint(self.probes(1, more))])
        lacking = torch.linalg.qr(self.space.basis.T, mode="complete").Q.T[p:]
        if n <= SMALL and self.room >= n:
            self.space.join(lacking)  # the same products, and then nothing is estimated
            return held
        rest = 0.0
        for block in lacking.split(_BLOCK):
            rest += float((self.space.pushed_new(block).square() @ self.weights[1]).sum())
        self.exact_rest = (p, rest)
        return held

    def sketched(self) -> list[Tensor]:
        """Begin the subspace with probes of both parts; returns those of each part that are held out, from the same call."""
        n = self.space.shape[1]
        least = _LEAST_SKETCH // 2 if len(self.space) else _LEAST_SKETCH
        few = min(n, max(least, _SKETCH * self.k))
        inside, outside = self.search.inside or few, self.search.outside or few
        # A sketched vector costs two products, and the residuals of the answer one each.
        most = min((self.limit - self.k - 2 * HELD_OUT) // 2, self.room if self.room < n else self.limit)
        inside = min(inside, most // 2)
        outside = min(outside, most - inside)
        if len(self.space):
            outside = 0  # the background of another region on the same image is nearly the same
        # Without probes that the subspace begins with, the ridge rests on these alone, and few say little of how far it is off.
        held = HELD_OUT if outside or self.limit < 2 * least_products(self.k) else 2 * HELD_OUT
        counts = [inside, outside, HELD_OUT, held]
        signs = [self.probes(part, count) for part, count in zip((0, 1, 0, 1), counts, strict=True)]
        rows = self.space.adjoint(torch.cat(signs)).split(counts)
        joined, before = torch.cat(rows[:2]), len(self.space)
        if len(self.space.extend(joined, max(0, self.room - before))) == len(joined) < n - before:
            self.first = (joined, slice(inside, inside + outside), len(self.space))
        return list(rows[2:])

    def probes(self, part: int, count: int) -> Tensor:
        """Random signs u (count, m), weighted so that the mean squared length of ``J^T u`` is the trace."""
        roots = self.weights[part].sqrt()
        signs = torch.randint(0, 2, (count, len(roots)), generator=self.random, dtype=torch.int8)
        return (2 * signs - 1) * roots

    def ritz(self, a: Tensor, b: Tensor, ridge: float) -> tuple[Tensor, Tensor, Tensor]:
        """Quotients and coordinates (k, p) of the best pairs, and the first quotient that is not asked for."""
        factor = torch.linalg.cholesky(b + ridge * torch.eye(len(b), dtype=b.dtype))
        half = torch.linalg.solve_triangular(factor, a, upper=False)
        whitened = torch.linalg.solve_triangular(factor, half.T, upper=False)
        values, coordinates = torch.linalg.eigh((whitened + whitened.T) / 2)
        order = torch.arange(len(values) - 1, len(values) - 1 - min(self.k, len(values)), -1)
        vectors = torch.linalg.solve_triangular(factor.T, coordinates[:, order], upper=True).T
        vectors = vectors / vectors.norm(dim=1, keepdim=True)
        floor = values[order[-1] - 1] if order[-1] > 0 else values.new_zeros(())
        return values[order].clamp_min(0), vectors, floor.clamp_min(0)

    def measure(self, pairs: _Pairs, which: Tensor) -> None:
        """``A d - theta B' d`` and the relative gaps of the chosen pairs, from one reverse product each."""
        if not bool(which.any()):
            return
        inside, outside = self.weights
        values, ridge = pairs.values[which], pairs.ridge
        pushed = self.space.pushed(pairs.vectors[which])
        covectors = pushed * (inside - values[:, None] * outside)
        d = pairs.vectors[which] @ self.space.basis
        residuals = self.space.adjoint(covectors) - values[:, None] * ridge * d
        energy = pushed.square() @ outside + ridge
        nearby = residuals.norm(dim=1) / (ridge * energy).sqrt()
        # To the first quotient that is not asked for: pairs that are close together mix, and their span is what counts.
        apart = (values - pairs.floor).clamp_min(torch.finfo(torch.float64).tiny)
        gaps = torch.minimum(nearby, nearby.square() / apart) / values.clamp_min(torch.finfo(torch.float64).tiny)
        # Where the inside has fewer dimensions than pairs are asked for, the others are rounding, and closed.
        changing = pushed.square() @ inside > self.rounding()
        pairs.changing[which] = changing
        pairs.residuals[which], pairs.gaps[which] = residuals, torch.where(changing, gaps, 0.0)
        # By how much a quotient changes with the ridge, both relative.
        pairs.shares[which] = torch.where(changing, ridge / energy, 0.0)

    def rounding(self) -> float:
        """Change of the inside by a unit step that rounding alone makes."""
        precision = max(torch.finfo(torch.float64).eps, torch.finfo(self.space.dtype).eps ** 2)
        return self.space.shape[1] * precision * float(self.forms[0].matrix.diagonal().sum())

    def finished(self, pairs: _Pairs, a: Tensor, b: Tensor, certificate: Certificate) -> Solution:
        kept = pairs.changing
        values, vectors, residuals, ridge = pairs.values[kept], pairs.vectors[kept], pairs.residuals[kept], pairs.ridge
        certificate = replace(certificate, gaps=certificate.gaps[kept], ridge_errors=certificate.ridge_errors[kept])
        n = self.space.shape[1]
        trace_a = float(a.diagonal().sum()) / max(certificate.inside, 1e-12)
        trace_b = ridge / self.tau + n * ridge
        if trace_a <= 0:
            raise SolverError(
                "Nothing inside the region changes with the code: choose another region or another layer."
            )
        spectrum = torch.linalg.eigvalsh(b)
        rank = int((spectrum > ridge).sum())
        d = vectors @ self.space.basis
        d = d / d.norm(dim=1, keepdim=True)
        peaks = d.gather(1, d.abs().argmax(1, keepdim=True))
        scaled = residuals.norm(dim=1) / (trace_a + values * trace_b)
        state = Ridge(self.tau, ridge, rank, (float(spectrum.max()) + ridge) / ridge)
        status = f"{rank} eigenvalues of the background lie above the ridge, {self.tau:g} of its trace; {certificate.sentence(n)}"
        return Solution(
            values, d * torch.where(peaks < 0, -1.0, 1.0), scaled, state.tau, state.value, state.rank, state.condition,
            "matrix-free", status, certificate,
        )  # fmt: skip

    def spent(self) -> tuple[int, int]:
        return self.space.forward - self.before[0], self.space.reverse - self.before[1]


class _Pairs:
    """The best pairs of one round: quotients (k,), coordinates (k, p), the first quotient that is not asked for, the ridge, and how
    far they are off, (k,) relative (NaN: not known yet) with residuals (k, n)."""

    def __init__(self, values: Tensor, vectors: Tensor, floor: Tensor, ridge: float, n: int) -> None:
        self.values, self.vectors, self.floor, self.ridge = values, vectors, floor, ridge
        self.gaps = torch.full_like(values, torch.nan)
        self.residuals = values.new_zeros(len(values), n)
        self.shares = torch.ones_like(values)
        self.changing = torch.ones_like(values, dtype=torch.bool)


def least_products(k: int) -> int:
    """The fewest products with which k pairs can be looked for."""
    return 2 * (2 * k + 2) + k + 2 * HELD_OUT


def expected_products(k: int, n: int) -> int:
    """About how many products k pairs to 1 % have taken on generators' Jacobians (docs/performance.md), for an estimate."""
    return min(45 + 14 * k, 4 * n)


def _mean_weights(weights: Tensor) -> Tensor:
    weights = weights.detach().to("cpu", torch.float64).flatten()
    total = weights.sum()
    if not total > 0:
        raise SolverError("A part of the image is empty: the region and the rest must both hold pixels.")
    return weights / total


def _share(rows: Tensor, basis: Tensor) -> float:
    """The share of the rows' energy that lies in the span of ``basis``."""
    whole = float(rows.square().sum())
    return float((rows @ basis.T).square().sum()) / whole if whole > 0 else 1.0

"""The best directions from JVPs and VJPs alone (paper, equations 6 to 12), for latent spaces of any size.

Every useful eigenvector of ``A d = lambda B' d`` lies in span(range(J_f^T), range(J_b^T)). So (1) both parts are sketched with
random probes in reverse mode (Halko, Martinsson and Tropp 2011), (2) the orthonormal basis V of the sketches is pushed forward once, which
gives A and B on it exactly, (3) the small problem is solved with the ridge (Rayleigh and Ritz), (4) V grows by the residuals
``A d - theta B' d``, one VJP and one JVP each (Davidson 1975), until the certificate meets the tolerance.

The Woodbury form of the ridge (equation 12) is within step 4: a residual is orthogonal to V, where the large eigenvalues of B have been
found, and on the rest B' is close to ``t I``; so ``B'^-1 r`` is close to ``r / t``, and the plain residual is the preconditioned one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from resefa.errors import SolverError, UsageError, parameter
from resefa.runtime.progress import Progress
from resefa.solvers.certificate import Certificate
from resefa.solvers.davidson import HELD_OUT, Davidson, Pairs, least_products
from resefa.solvers.eigenpairs import fix_signs
from resefa.solvers.protocol import EigenProblem
from resefa.solvers.registry import check_search
from resefa.solvers.ridge import DEFAULT_TAU, check_tau
from resefa.solvers.solution import NOTHING_INSIDE, Solution
from resefa.solvers.subspace import Subspace

__all__ = ["HELD_OUT", "MatrixFree", "Search", "expected_products", "least_products", "solve_matrix_free"]

DEFAULT_TOLERANCE = 0.01


@dataclass(frozen=True)
class MatrixFree:
    """Solver by JVPs and VJPs that never stores the whole Jacobian.

    Attributes:
        tau: the ridge as a fraction of trace(B), above 0.
        tolerance: largest relative gap and ridge error of the eigenvalues.
        max_products: the most JVPs and VJPs together; None: until the tolerance is met.
        seed: of the random probes.

    Raises:
        SolverError, UsageError: an option is out of its range.
    """

    tau: float = DEFAULT_TAU
    tolerance: float = DEFAULT_TOLERANCE
    max_products: int | None = None
    seed: int = 0
    name: ClassVar[str] = "matrix-free"

    def __post_init__(self) -> None:
        check_tau(self.tau, self.name)
        check_search(self.tolerance, self.max_products)
        if not isinstance(self.seed, int) or self.seed < 0:
            raise UsageError(f"{parameter('seed', self.seed)} is not a seed; give a whole number, 0 or more.")

    def solve(self, problem: EigenProblem, k: int) -> Solution:
        """The k best directions from products with ``problem.subspace()``, see ``solve_matrix_free``."""
        return problem.searched(self, k)

    def search(self, problem: EigenProblem, k: int) -> Solution:
        """A single search with the problem's present weights."""
        session = problem.session
        search = Search(
            self.tolerance, self.max_products, session.memory_for("subspace"), seed=self.seed, progress=session.report
        )  # fmt: skip
        inside, outside = problem.weights()
        with problem.subspace() as subspace:
            return solve_matrix_free(subspace, inside, outside, k=k, tau=self.tau, search=search)


@dataclass(frozen=True)
class Search:
    """Limits of a search, and its progress callback.

    Attributes:
        tolerance: of the certificate's gaps and ridge errors.
        max_products: JVPs and VJPs together; None: until the tolerance is met, at the latest when V is the whole space.
        memory: bytes for V and J V; None: no bound.
        inside, outside: probes of the first sketch; None: chosen from k and n.
        seed: of the probes.
        progress: called with (products spent, products that seem needed).
    """

    tolerance: float = DEFAULT_TOLERANCE
    max_products: int | None = None
    memory: int | None = None
    inside: int | None = None
    outside: int | None = None
    seed: int = 0
    progress: Progress | None = None


def solve_matrix_free(
    subspace: Subspace,
    inside: Tensor,
    outside: Tensor,
    *,
    k: int,
    tau: float = DEFAULT_TAU,
    search: Search | None = None,
) -> Solution:
    """The k best directions of ``max_d d^T A d / d^T (B + tau trace(B) I) d``, with a certificate.

    Args:
        subspace: of the operator J, (m, n); it grows, and a search for another region may start from it.
        inside, outside: (m,) weights of the rows, in ``A = J^T diag(inside) J / sum(inside)`` and B alike.
        k: how many pairs.
        tau: ridge as a fraction of trace(B), above zero.
        search: tolerance and bounds.

    Raises:
        SolverError: tau is 0, A or B is zero, or the tolerance is 0.
    """
    check_tau(tau, "matrix-free")
    search = search or Search()
    if not search.tolerance > 0:
        raise SolverError(
            f"{parameter('tolerance', search.tolerance)} is not possible; give a fraction above 0, for example 0.01."
        )
    run = Davidson(subspace, (_mean_weights(inside), _mean_weights(outside)), k=k, tau=tau, search=search)
    return _finished(run, run.search_pairs())


def _finished(run: Davidson, pairs: Pairs) -> Solution:
    subspace, ridge, kept = run.subspace, pairs.ridge, pairs.changing
    values, vectors, residuals = pairs.values[kept], pairs.vectors[kept], pairs.residuals[kept]
    n = subspace.shape[1]
    a, b = (form.matrix for form in run.forms)
    inside, outside = run.searched_shares()
    trace_a = float(a.diagonal().sum()) / max(inside, 1e-12)
    trace_b = ridge / run.tau + n * ridge
    if trace_a <= 0:
        raise SolverError(NOTHING_INSIDE)
    spectrum = torch.linalg.eigvalsh(b)
    d = vectors @ subspace.basis
    d = fix_signs(d / d.norm(dim=1, keepdim=True))
    scaled = residuals.norm(dim=1) / (trace_a + values * trace_b)
    forward, reverse = run.spent()
    certificate = Certificate(
        "matrix-free",
        tuple(scaled.tolist()),
        dimensions=n,
        searched=len(subspace),
        rank=int((spectrum > ridge).sum()),
        condition=(float(spectrum.max()) + ridge) / ridge,
        tau=run.tau,
        ridge=ridge,
        gaps=tuple(pairs.gaps[kept].tolist()),
        ridge_errors=tuple((pairs.trace_error * pairs.shares)[kept].tolist()),
        inside=inside,
        outside=outside,
        forward=forward,
        reverse=reverse,
        tolerance=run.search.tolerance,
    )
    pushed = subspace.pushed(d @ subspace.basis.T).square()
    inside_rate, outside_rate = (pushed @ part for part in run.weights)
    return Solution(values, d, inside_rate, outside_rate, certificate)


def expected_products(k: int, n: int) -> int:
    """Typical number of products for k eigenpairs to within 1 % (measured: docs/measurements/speed.md)."""
    return min(45 + 14 * k, 4 * n)


def _mean_weights(weights: Tensor) -> Tensor:
    weights = weights.detach().to("cpu", torch.float64).flatten()
    total = weights.sum()
    if not total > 0:
        raise SolverError("The region or its outside is empty; both must contain pixels. Choose a different region.")
    return weights / total

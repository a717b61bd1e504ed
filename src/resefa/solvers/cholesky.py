"""Generalized symmetric eigenproblem by Cholesky whitening (paper, equations 8 to 10)."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import ClassVar

import scipy.linalg
import torch
from torch import Tensor

from resefa.errors import SolverError, parameter
from resefa.runtime.blas_threads import one_blas_thread
from resefa.solvers.eigenpairs import DENSE_DIMENSIONS, Whitening, checked_gram, largest_eigenpairs
from resefa.solvers.protocol import EigenProblem
from resefa.solvers.ridge import DEFAULT_TAU, Ridge, check_tau, larger_tau, ridge_for
from resefa.solvers.solution import QuadraticForm, Solution, finished
from resefa.types import SquareMatrix, Vectors

_FEW = 8
"""Up to n / 8 eigenpairs are computed alone; beyond that, computing all n is as quick."""


@dataclass(frozen=True)
class Cholesky:
    """Solver of the full eigenproblem from the two Gram matrices; the only solver that also works without a ridge (``tau=0``).

    Attributes:
        tau: the ridge as a fraction of trace(B), 0 or more.

    Raises:
        SolverError: tau is negative or not finite.
    """

    tau: float = DEFAULT_TAU
    name: ClassVar[str] = "cholesky"

    def __post_init__(self) -> None:
        check_tau(self.tau)

    def solve(self, problem: EigenProblem, k: int) -> Solution:
        """The k best directions from ``problem.gram_matrices()``, see ``solve_cholesky``."""
        a, b = problem.gram_matrices(exact=self.tau == 0)
        return solve_cholesky(a, b, k=k, tau=self.tau)


def solve_cholesky(a: SquareMatrix, b: SquareMatrix, *, k: int, tau: float = DEFAULT_TAU) -> Solution:
    """The k best directions of ``max_d d^T A d / d^T (B + tau trace(B) I) d``.

    Args:
        a: (n, n) Gram matrix inside the region.
        b: (n, n) Gram matrix outside, of any rank.
        k: how many pairs.
        tau: ridge as a fraction of trace(B).

    Raises:
        SolverError: not symmetric, not finite, of different sizes, A is zero, or B is singular while tau is 0.
    """
    a, b = checked_gram(a, "Gram matrix A (inside)"), checked_gram(b, "Gram matrix B (outside)")
    n = len(a)
    if a.shape != b.shape:
        raise SolverError(f"A is {n} x {n} but B is {len(b)} x {len(b)}; give two Gram matrices of the same size.")
    k = min(k, n)
    # SciPy's threads cost more than they gain at these sizes: it has one thread, or PyTorch computes all pairs.
    with one_blas_thread() if 0 < k * _FEW <= n <= DENSE_DIMENSIONS else nullcontext(False) as one_thread:
        ridge = ridge_for(_spectrum(b) if one_thread else torch.linalg.eigvalsh(b), n, tau)
        regular = _ridged(b, ridge.value) if ridge.rank else torch.eye(n, dtype=torch.float64)
        pairs = _few_pairs(a, regular, k) if one_thread else None
    pairs = pairs or _whitened_pairs(a, regular, k, ridge)
    return finished(pairs, QuadraticForm.of(a), QuadraticForm.of(b), QuadraticForm.of(regular), ridge, "cholesky")


def _ridged(b: SquareMatrix, value: float) -> SquareMatrix:
    regular = b.clone()
    regular.diagonal().add_(value)
    return regular


def _spectrum(b: SquareMatrix) -> Tensor:
    return torch.from_numpy(scipy.linalg.eigvalsh(b.numpy().T, check_finite=False))


def _few_pairs(a: SquareMatrix, regular: SquareMatrix, k: int) -> tuple[Tensor, Vectors] | None:
    """The k largest eigenvalues, descending, and their eigenvectors (k, n) by LAPACK's xSYGVX; None if LAPACK fails."""
    n = len(a)
    try:
        # Transposed views are in LAPACK's order: nothing is copied twice.
        lowest, columns = scipy.linalg.eigh(
            a.numpy().T, regular.numpy().T, subset_by_index=[n - k, n - 1], check_finite=False
        )
    except scipy.linalg.LinAlgError:
        return None
    return torch.from_numpy(lowest).flip(0), torch.from_numpy(columns).T.flip(0)


def _whitened_pairs(a: SquareMatrix, regular: SquareMatrix, k: int, ridge: Ridge) -> tuple[Tensor, Vectors]:
    """The k largest eigenvalues, descending, and their eigenvectors (k, n) by whitening.

    Raises:
        SolverError: ``B'`` is not positive definite.
    """
    whitening = Whitening.of(regular)
    if whitening is None:
        raise SolverError(
            f"B is not positive definite at {parameter('tau', ridge.tau)} (condition {ridge.condition:.1e}); use a larger ridge, for example {parameter('tau', larger_tau(ridge.tau))}."
        )
    values, best = largest_eigenpairs(whitening.whitened(a), k)
    return values, whitening.directions(best)

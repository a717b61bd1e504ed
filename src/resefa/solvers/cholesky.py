"""Generalized symmetric eigenproblem by Cholesky whitening (paper, equations 8 to 10).

``B' = L L^T``, the symmetric ``C = L^-1 A L^-T`` has the same eigenvalues as ``A d = lambda B' d``, and ``d = L^-T p``.
"""

from __future__ import annotations

from contextlib import nullcontext

import scipy.linalg
import torch
from torch import Tensor

from resefa.errors import SolverError
from resefa.runtime.blas_threads import one_blas_thread
from resefa.solvers.ridge import DEFAULT_TAU, Ridge, ridge_for
from resefa.solvers.solution import Solution
from resefa.solvers.verdict import QuadraticForm, finished, prepared

_SMALL = 1024
"""Up to here SciPy's threads cost more than they gain, see ``one_blas_thread``: it has one, or PyTorch computes all pairs."""
_FEW = 8
"""A few pairs are at most one in so many; of more of them all pairs are as quick."""


def solve_cholesky(a: Tensor, b: Tensor, *, k: int, tau: float = DEFAULT_TAU) -> Solution:
    """The k best directions of ``max_d d^T A d / d^T (B + tau trace(B) I) d``.

    Args:
        a: (n, n) foreground Gram matrix.
        b: (n, n) background Gram matrix, any rank.
        k: how many pairs.
        tau: ridge as a fraction of trace(B).

    Raises:
        SolverError: not symmetric, not finite, of different sizes, A is zero, or B is singular while tau is 0.
    """
    a, b = prepared(a, "foreground"), prepared(b, "background")
    n = len(a)
    if a.shape != b.shape:
        raise SolverError(f"A is {n} x {n} and B is {len(b)} x {len(b)}: both must be over the same latent space.")
    k = min(k, n)
    with one_blas_thread() if 0 < k * _FEW <= n <= _SMALL else nullcontext(False) as quiet:
        ridge = ridge_for(_spectrum(b) if quiet else torch.linalg.eigvalsh(b), n, tau)
        regular = _ridged(b, ridge.value) if ridge.rank else torch.eye(n, dtype=torch.float64)
        pairs = _few_pairs(a, regular, k) if quiet else None
    values, vectors = pairs or _whitened_pairs(a, regular, k, ridge)
    return finished(values, vectors, QuadraticForm.of(a), QuadraticForm.of(regular), ridge, "cholesky")


def _ridged(b: Tensor, value: float) -> Tensor:
    regular = b.clone()
    regular.diagonal().add_(value)
    return regular


def _spectrum(b: Tensor) -> Tensor:
    return torch.from_numpy(scipy.linalg.eigvalsh(b.numpy().T, check_finite=False))


def _few_pairs(a: Tensor, regular: Tensor, k: int) -> tuple[Tensor, Tensor] | None:
    """The k largest eigenvalues, falling, and (k, n) eigenvectors by LAPACK's xSYGVX; None where it gives up."""
    n = len(a)
    try:
        # Transposed views are in LAPACK's order: nothing is copied twice.
        lowest, columns = scipy.linalg.eigh(
            a.numpy().T, regular.numpy().T, subset_by_index=[n - k, n - 1], check_finite=False
        )
    except scipy.linalg.LinAlgError:
        return None
    return torch.from_numpy(lowest).flip(0), torch.from_numpy(columns).T.flip(0)


def _whitened_pairs(a: Tensor, regular: Tensor, k: int, ridge: Ridge) -> tuple[Tensor, Tensor]:
    """The same step by step.

    Raises:
        SolverError: the background is not positive definite.
    """
    factor, failed = torch.linalg.cholesky_ex(regular)
    if int(failed):
        raise SolverError(
            f"The background is not positive definite at tau = {ridge.tau:g} (condition {ridge.condition:.1e}): give a "
            "larger tau, for example 1e-3."
        )
    half = torch.linalg.solve_triangular(factor, a, upper=False)
    whitened = torch.linalg.solve_triangular(factor, half.T, upper=False)
    values, best = _largest((whitened + whitened.T) / 2, k)
    return values, torch.linalg.solve_triangular(factor.T, best, upper=True).T


def _largest(matrix: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The k largest eigenvalues, falling, and their eigenvectors as columns."""
    n = len(matrix)
    if n <= _SMALL:
        values, vectors = torch.linalg.eigh(matrix)
        return values[n - k :].flip(0), vectors[:, n - k :].flip(1)
    # A few pairs of thousands cost a third of all.
    lowest, columns = scipy.linalg.eigh(
        matrix.numpy(), subset_by_index=[n - k, n - 1], overwrite_a=True, check_finite=False
    )
    return torch.from_numpy(lowest).flip(0), torch.from_numpy(columns).flip(1)

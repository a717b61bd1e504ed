"""Generalized symmetric eigenproblem by Cholesky whitening (paper, equations 8 to 10).

``B' = L L^T``, the symmetric ``C = L^-1 A L^-T`` has the same eigenvalues as ``A d = lambda B' d``, and ``d = L^-T p``.
"""

from __future__ import annotations

import scipy.linalg
import torch
from torch import Tensor

from resefa.errors import SolverError
from resefa.solvers.ridge import DEFAULT_TAU, ridge_for
from resefa.solvers.solution import Solution
from resefa.solvers.verdict import QuadraticForm, finished, prepared

_SMALL = 1024
"""Up to here PyTorch computes all pairs: SciPy's BLAS has threads of its own, which go on spinning for some 30 ms after a call and
keep PyTorch's from their cores, so that a few pairs from there end up dearer."""


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
    ridge = ridge_for(torch.linalg.eigvalsh(b), n, tau)
    identity = torch.eye(n, dtype=torch.float64)
    regular = b + ridge.value * identity if ridge.rank else identity
    factor, failed = torch.linalg.cholesky_ex(regular)
    if int(failed):
        raise SolverError(
            f"The background is not positive definite at tau = {tau:g} (condition {ridge.condition:.1e}): give a larger "
            "tau, for example 1e-3."
        )
    half = torch.linalg.solve_triangular(factor, a, upper=False)
    whitened = torch.linalg.solve_triangular(factor, half.T, upper=False)
    values, best = _largest((whitened + whitened.T) / 2, min(k, n))
    vectors = torch.linalg.solve_triangular(factor.T, best, upper=True)
    return finished(values, vectors.T, QuadraticForm.of(a), QuadraticForm.of(regular), ridge, "cholesky")


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

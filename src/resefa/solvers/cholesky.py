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
    # Only the pairs that were asked for: a few of hundreds cost a third of all.
    few = min(k, n)
    lowest, coordinates = scipy.linalg.eigh(
        ((whitened + whitened.T) / 2).numpy(), subset_by_index=[n - few, n - 1], overwrite_a=True, check_finite=False
    )
    values = torch.from_numpy(lowest).flip(0)
    best = torch.from_numpy(coordinates).flip(1)
    vectors = torch.linalg.solve_triangular(factor.T, best, upper=True)
    return finished(values, vectors.T, QuadraticForm.of(a), QuadraticForm.of(regular), ridge, "cholesky")

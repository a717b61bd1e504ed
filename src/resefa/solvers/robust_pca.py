"""Robust PCA of a symmetric matrix: a low-rank part plus a sparse part, by ADMM.

Candes, Li, Ma and Wright, "Robust Principal Component Analysis?" (2011), equation (1.1), Principal Component Pursuit:
``min ||L||_* + lambda ||S||_1`` so that ``L + S = M``, here ``M = J^T J``, as LowRankGAN (Zhu et al. 2021) takes it.

The augmented Lagrangian ``<Y, M - L - S> + mu/2 ||M - L - S||_F^2`` is minimised by L, then by S, then Y steps along the
residual (their algorithm 1; Lin, Chen and Ma 2010, algorithm 5, the inexact method). M is symmetric, so every iterate is
and the singular value threshold is one of eigenvalues. mu follows the balance of primal and dual residual (Boyd et al.
2011, section 3.4.1) in place of Lin's growth without end, which can stop short of the minimum.

Any Y with ``||Y||_2 <= 1`` and ``|Y|_ij <= lambda`` bounds the minimum from below by ``<Y, M>``, so the gap that is
returned holds whatever the iteration did.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor

from resefa.errors import SolverError, parameter
from resefa.solvers.eigenpairs import checked_gram

DEFAULT_TOLERANCE = 1e-7
"""Default bound on ``||M - L - S||_F / ||M||_F``, from the papers and LowRankGAN."""

_BALANCE_EVERY = 10
# Boyd et al. 2011, section 3.4.3: 1.5 to 1.8 help; 10 to 40 % fewer iterations than 1 on faces-dcgan's matrices.
_RELAXED = 1.6


@dataclass(frozen=True, eq=False)
class RobustPCA:
    """The decomposition ``M = L + S``, up to the residual.

    Attributes:
        low_rank: (n, n) float64, symmetric, L.
        sparse: (n, n) float64, symmetric, S.
        eigenvalues: (rank,) of L that are not zero, by falling absolute value.
        basis: (rank, n) orthonormal rows: L's eigenvectors, in that order.
        sparsity: lambda.
        primal: ``||M - L - S||_F / ||M||_F``.
        dual: ``mu ||S - S_before||_F / ||Y||_F``, how far L is from its optimality condition.
        gap: (objective - proven lower bound) / objective.
        iterations: how many were computed.
        converged: whether both residuals are within the tolerance.
        status: rank, lambda and convergence in words.
    """

    low_rank: Tensor
    sparse: Tensor
    eigenvalues: Tensor
    basis: Tensor
    sparsity: float
    primal: float
    dual: float
    gap: float
    iterations: int
    converged: bool
    status: str

    @property
    def rank(self) -> int:
        """Rank of L: the eigenvalues above the threshold, so that no tolerance is needed."""
        return len(self.eigenvalues)

    @property
    def density(self) -> float:
        """Fraction of the entries of S that are not zero."""
        return int(self.sparse.count_nonzero()) / max(self.sparse.numel(), 1)


def robust_pca(
    matrix: Tensor,
    *,
    sparsity: float | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
    iterations: int = 10_000,
    part: str = "given",
) -> RobustPCA:
    """Decompose a symmetric matrix into a low-rank and a sparse part.

    Args:
        matrix: (n, n), symmetric, any device and precision; solved in float64 on the CPU.
        sparsity: lambda, the price of an entry of S against a singular value of L; default ``1 / sqrt(n)`` (Candes).
            LowRankGAN uses 1/60 at n = 512. Smaller leaves less in L, and below some value L is zero.
        tolerance: bound on both relative residuals.
        iterations: the maximum; each costs an eigendecomposition.
        part: name of the matrix in messages.

    Raises:
        SolverError: not symmetric, not finite, zero, or an argument that makes no sense.
    """
    matrix = checked_gram(matrix, f"The {part} Gram matrix")
    n = len(matrix)
    size = float(matrix.norm())
    if size == 0:
        raise SolverError(
            f"The {part} Gram matrix is zero: no image value with a weight above 0 depends on the latent code. Choose a different region."
        )
    price = n**-0.5 if sparsity is None else float(sparsity)
    if not (price > 0 and isfinite(price)):
        raise SolverError(
            f"{parameter('sparsity', price)} is invalid; give a number above 0 (lambda, the weight of the sparse part), for example 1 / sqrt(n)."
        )
    if not 0 < tolerance < 1 or iterations < 1:
        raise SolverError(
            f"{parameter('tolerance', tolerance)} with {parameter('iterations', iterations)} is not possible; give a tolerance between 0 and 1, for example 1e-7, and at least 1 iteration."
        )
    # Scaled to norm 1 in the spectral sense, mu = 1.25 is Lin's start and no constant depends on the units of M.
    unit = float(torch.linalg.eigvalsh(matrix).abs().max())
    scaled = matrix / unit
    size /= unit
    mu = 1.25
    sparse = torch.zeros_like(scaled)
    multiplier = scaled / max(1.0, float(scaled.abs().max()) / price)
    done = 0
    while True:
        done += 1
        values, vectors = torch.linalg.eigh(scaled - sparse + multiplier / mu)
        values = _shrunk(values, 1 / mu)
        kept = values != 0
        low_rank = (vectors[:, kept] * values[kept]) @ vectors[:, kept].T
        before = sparse
        ahead = _RELAXED * low_rank + (1 - _RELAXED) * (scaled - sparse)
        sparse = _shrunk(scaled - ahead + multiplier / mu, price / mu)
        multiplier = multiplier + mu * (scaled - ahead - sparse)
        missing = scaled - low_rank - sparse
        primal = float(missing.norm()) / size
        dual = mu * float((sparse - before).norm()) / max(float(multiplier.norm()), 1e-300)
        if max(primal, dual) <= tolerance or done == iterations:
            break
        if done % _BALANCE_EVERY == 0:
            mu *= 2.0 if primal > 10 * dual else 0.5 if dual > 10 * primal else 1.0
    order = values[kept].abs().argsort(descending=True)
    eigenvalues, basis = values[kept][order] * unit, vectors[:, kept].T[order]
    converged = max(primal, dual) <= tolerance
    gap = _gap(scaled, multiplier, float(values.abs().sum()), low_rank, price)
    status = (
        f"low rank {len(eigenvalues)} of {n} at lambda {price:.3g}, after {done} iterations, "
        f"objective at most {100 * gap:.1g} % above the minimum"
    )
    if not converged:
        status += f"; not converged (residual {max(primal, dual):.1e}, tolerance {tolerance:.0e}): allow more iterations or a larger tolerance"
    # Rounding may break the symmetry of the thresholded matrices by an ulp.
    low_rank, sparse = (unit * (each + each.T) / 2 for each in (low_rank, sparse))
    return RobustPCA(low_rank, sparse, eigenvalues, basis, price, primal, dual, gap, done, converged, status)


def _shrunk(values: Tensor, by: float) -> Tensor:
    """Soft thresholding ``sign(x) max(|x| - by, 0)``, the proximal map of the absolute value."""
    return values.sign() * (values.abs() - by).clamp_min(0)


def _gap(matrix: Tensor, multiplier: Tensor, nuclear: float, low_rank: Tensor, sparsity: float) -> float:
    """Relative bound on the distance of the objective at the feasible point ``(L, M - L)`` from its minimum."""
    objective = nuclear + sparsity * float((matrix - low_rank).abs().sum())
    excess = max(
        1.0,
        float(torch.linalg.eigvalsh(multiplier).abs().max()),
        float(multiplier.abs().max()) / sparsity,
    )
    bound = float((matrix * multiplier).sum()) / excess
    return max(0.0, (objective - bound) / objective)

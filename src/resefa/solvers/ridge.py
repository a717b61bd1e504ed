"""The trace-scaled ridge of equation (10): default, limits, and the rank and condition number of B."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resefa.errors import SolverError, parameter

if TYPE_CHECKING:
    from torch import Tensor

DEFAULT_TAU = 1e-3
"""The paper's tau."""


@dataclass(frozen=True)
class Ridge:
    """The ridge ``tau * trace(B)``: directions do not depend on the scales of A and B; only eigenvalues do.

    Attributes:
        tau: the ridge as a fraction of trace(B).
        value: the ridge itself.
        rank: numerical rank of B.
        condition: condition number of ``B + value I``.
    """

    tau: float
    value: float
    rank: int
    condition: float


def larger_tau(tau: float) -> float:
    """An example of a larger ridge for error messages: at least the default, ten times ``tau`` beyond."""
    return max(DEFAULT_TAU, float(f"{10 * tau:.3g}"))


def check_tau(tau: float, solver: str = "") -> None:
    """Refuse an impossible ridge, before the Jacobian is computed.

    Args:
        solver: the solver that divides by the ridge, so that it must be above 0; empty: 0 is allowed.

    Raises:
        SolverError: tau is negative, infinite, NaN, or 0 where a solver divides by it.
    """
    if not tau >= 0 or tau == float("inf"):
        raise SolverError(
            f"{parameter('tau', tau)} is not possible; give the ridge as a fraction of trace(B), 0 or more, for example 0.001."
        )
    if solver and tau == 0:
        raise SolverError(
            f"{parameter('tau', 0)} is not possible with the {solver} solver; give {parameter('tau')} above 0, for example 0.001, or choose the cholesky solver."
        )


def check_trace(trace: float) -> None:
    """Refuse a B with trace 0, because a ridge relative to the trace would be 0 too.

    Raises:
        SolverError: nothing outside the region changes.
    """
    if trace <= 0:
        raise SolverError(
            "The image outside the region does not depend on the latent code, so B and its ridge are 0; choose the cholesky solver, or protect a different region."
        )


def rank_of(eigenvalues: Tensor, n: int) -> int:
    """Numerical rank of a Gram matrix: the number of eigenvalues above n * eps times the largest, with float64's eps."""
    if len(eigenvalues) == 0 or float(eigenvalues.max()) <= 0:
        return 0
    return int((eigenvalues > n * sys.float_info.epsilon * eigenvalues.max()).sum())


def ridge_for(eigenvalues: Tensor, n: int, tau: float) -> Ridge:
    """The ridge for a B with these eigenvalues in n dimensions; zeros may be omitted.

    Raises:
        SolverError: tau is negative or not a number, or it is 0 and B is singular.
    """
    check_tau(tau)
    rank = rank_of(eigenvalues, n)
    if rank == 0:
        return Ridge(tau, 0.0, 0, 1.0)
    value = tau * float(eigenvalues.clamp_min(0).sum())
    if rank < n and value == 0:
        raise SolverError(
            f"B has rank {rank} of {n}, so {parameter('tau', 0)} leaves it singular; give {parameter('tau')} above 0, for example 0.001."
        )
    smallest = value if rank < n else float(eigenvalues.min()) + value
    return Ridge(tau, value, rank, (float(eigenvalues.max()) + value) / smallest)

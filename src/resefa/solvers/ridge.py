"""The trace-scaled ridge of equation (10): its default, its limits, and the rank and condition that the spectrum of B gives."""

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
    """``tau * trace(B)``: with it, directions do not depend on the scale of A or of B; only eigenvalues do.

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


def check_tau(tau: float, solver: str = "") -> None:
    """Refuse an impossible ridge, before the Jacobian is computed.

    Args:
        solver: the solver that divides by the ridge, so that it must be above 0; empty: 0 is allowed.

    Raises:
        SolverError: tau is negative, infinite, NaN, or 0 where a solver divides by it.
    """
    if not tau >= 0 or tau == float("inf"):
        raise SolverError(
            f"{parameter('tau', tau)}: the ridge is a fraction of trace(B); give a number of 0 or more, often 0.001."
        )
    if solver and tau == 0:
        raise SolverError(
            f"{parameter('tau', 0)}: the {solver} solver needs a ridge above 0, often 0.001; the cholesky solver does not."
        )


def check_trace(trace: float) -> None:
    """Refuse a B of trace 0 where the ridge is a fraction of the trace.

    Raises:
        SolverError: nothing outside the region changes.
    """
    if trace <= 0:
        raise SolverError(
            "The part outside the region does not change with the code, so the ridge, a fraction of its trace, is 0; "
            "choose the cholesky solver or protect another part."
        )


def rank_of(eigenvalues: Tensor, n: int) -> int:
    """Numerical rank of a Gram matrix: eigenvalues above n * eps times the largest, eps of float64."""
    if len(eigenvalues) == 0 or float(eigenvalues.max()) <= 0:
        return 0
    return int((eigenvalues > n * sys.float_info.epsilon * eigenvalues.max()).sum())


def ridge_for(eigenvalues: Tensor, n: int, tau: float) -> Ridge:
    """The ridge for a B with these eigenvalues (zeros may be left out), in n dimensions.

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
            f"{parameter('tau', 0)}, but B has rank {rank} of {n} and has no inverse without a ridge; give {parameter('tau')} above 0, for example 0.001."
        )
    smallest = value if rank < n else float(eigenvalues.min()) + value
    return Ridge(tau, value, rank, (float(eigenvalues.max()) + value) / smallest)

"""The trace-scaled ridge of equation (10), and what the background's spectrum says of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.errors import SolverError

DEFAULT_TAU = 1e-3
"""The paper's tau."""


@dataclass(frozen=True)
class Ridge:
    """``t = tau * trace(B)``: with it directions do not depend on the scale of A or of B, only eigenvalues do."""

    tau: float
    value: float
    rank: int
    condition: float

    def sentence(self, n: int) -> str:
        """The state of the background in words."""
        if self.value == 0 and self.rank == 0:
            return "the background does not change with the code at all: directions are ranked by the inside alone"
        state = f"the background has rank {self.rank} of {n}"
        if self.tau == 0:
            return f"{state}: no ridge"
        return f"{state}: ridge at {self.tau:.0e} of its trace".replace("e-0", "e-").replace("e+00", "")


def check_tau(tau: float) -> None:
    """Refuse what is no ridge; before the Jacobian, which takes long.

    Raises:
        SolverError: it is negative, infinite or not a number.
    """
    if not tau >= 0 or tau == float("inf"):
        raise SolverError(
            f"tau = {tau:g}: the ridge is a share of the background's trace; give a number of 0 or more, often 0.001."
        )


def check_changes(trace: float) -> None:
    """Refuse a background of trace 0 where a ridge is a share of it.

    Raises:
        SolverError: nothing of the protected part changes.
    """
    if trace <= 0:
        raise SolverError(
            "The protected part does not change with the code at all, so there is nothing to weigh against: give "
            "--solver cholesky, or protect another part."
        )


def rank_of(eigenvalues: Tensor, n: int) -> int:
    """Numerical rank of a Gram matrix: eigenvalues above n * eps times the largest, eps of float64."""
    if len(eigenvalues) == 0 or float(eigenvalues.max()) <= 0:
        return 0
    return int((eigenvalues > n * torch.finfo(torch.float64).eps * eigenvalues.max()).sum())


def ridge_for(eigenvalues: Tensor, n: int, tau: float) -> Ridge:
    """The ridge for a background with these eigenvalues (the zero ones may be left out), in n dimensions.

    Raises:
        SolverError: tau is negative or not a number, or it is 0 and the background is singular.
    """
    check_tau(tau)
    rank = rank_of(eigenvalues, n)
    if rank == 0:
        return Ridge(tau, 0.0, 0, 1.0)
    value = tau * float(eigenvalues.clamp_min(0).sum())
    if rank < n and value == 0:
        raise SolverError(
            f"The background has rank {rank} of {n}, so it cannot be inverted without a ridge: give tau > 0, for "
            "example 1e-3."
        )
    smallest = value if rank < n else float(eigenvalues.min()) + value
    return Ridge(tau, value, rank, (float(eigenvalues.max()) + value) / smallest)

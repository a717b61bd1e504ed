"""Generalized eigenproblem for a B with low rank, by the Woodbury identity (paper, equation 12).

With the truncated SVD ``B = U S U^T`` of rank r and ``t = tau * trace(B)``:
``(B + t I)^(-1/2) = (I + U diag(sqrt(t / (s + t)) - 1) U^T) / sqrt(t)``, which is symmetric and needs r x r work in place
of an n x n inverse. With A given by a factor F too (``A = F^T F``, f rows), the eigenvectors of
``C = B'^(-1/2) A B'^(-1/2)`` are the right singular vectors of ``F B'^(-1/2)``: no n x n matrix is made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from resefa.errors import SolverError
from resefa.solvers.protocol import EigenProblem
from resefa.solvers.ridge import DEFAULT_TAU, check_tau, ridge_for
from resefa.solvers.solution import QuadraticForm, Solution, finished


@dataclass(frozen=True)
class Woodbury:
    """Solver of the full eigenproblem from factors of the Gram matrices: quicker if few pixels lie outside the region.

    Attributes:
        tau: the ridge as a fraction of trace(B), above 0.

    Raises:
        SolverError: tau is 0, negative or not finite.
    """

    tau: float = DEFAULT_TAU
    name: ClassVar[str] = "woodbury"

    def __post_init__(self) -> None:
        check_tau(self.tau, self.name)

    def solve(self, problem: EigenProblem, k: int) -> Solution:
        """The k best directions from ``problem.factors()``, see ``solve_woodbury``."""
        solution = solve_woodbury(*problem.factors(), k=k, tau=self.tau)
        # From the Gram matrices, so that the rates are those of every other solver to the last bit.
        inside, outside = (QuadraticForm.of(gram).rates(solution.vectors) for gram in problem.gram_matrices())
        return replace(solution, inside_rate=inside, outside_rate=outside)


class WoodburyRoot:
    """The matrix ``B' = B + t I`` for ``B = F_b^T F_b``, and its inverse square root, applied to rows."""

    def __init__(self, factor: Tensor, tau: float) -> None:
        n = factor.shape[1]
        _, singular, basis = torch.linalg.svd(factor, full_matrices=False)
        self.ridge = ridge_for(singular.square(), n, tau)
        rank = self.ridge.rank
        if rank and self.ridge.value == 0:
            check_tau(0.0, "woodbury")
        self.spectrum = singular[:rank].square()
        self.basis = basis[:rank]
        self.t = self.ridge.value if rank else 1.0
        self.trace = float(self.spectrum.sum()) + n * self.t

    def apply(self, rows: Tensor) -> Tensor:
        """The products ``B' d`` for the rows d."""
        return self.t * rows + ((rows @ self.basis.T) * self.spectrum) @ self.basis

    def inverse_root(self, rows: Tensor) -> Tensor:
        """The products ``B'^(-1/2) d`` for the rows d."""
        scale = torch.sqrt(self.t / (self.spectrum + self.t)) - 1
        return (rows + ((rows @ self.basis.T) * scale) @ self.basis) / self.t**0.5


def solve_woodbury(inside: Tensor, outside: Tensor, *, k: int, tau: float = DEFAULT_TAU) -> Solution:
    """The k best directions, from factors of the two Gram matrices.

    Args:
        inside: (f, n) with ``A = inside^T inside``: the Jacobian's rows inside, over sqrt of their number.
        outside: (r, n) with ``B = outside^T outside``. Cheap where r is well below n.
        k: how many pairs; at most min(f, n) have an eigenvalue above zero, and no more are returned.
        tau: ridge as a fraction of trace(B), above zero.

    Raises:
        SolverError: sizes differ, values are not finite, A is zero, or tau is 0.
    """
    inside, outside = (factor.detach().to("cpu", torch.float64) for factor in (inside, outside))
    if inside.shape[1] != outside.shape[1]:
        raise SolverError(
            f"The factors have {inside.shape[1]} and {outside.shape[1]} columns; give two factors with the same number of columns."
        )
    if not (bool(torch.isfinite(inside).all()) and bool(torch.isfinite(outside).all())):
        raise SolverError(
            "A factor contains NaN or infinity: the generator's derivative is not finite at this latent code. Choose a different seed or code."
        )
    root = WoodburyRoot(outside, tau)
    whitened = root.inverse_root(inside)
    if len(whitened) > whitened.shape[1]:
        # Same right singular vectors from the square triangular factor, at a fraction of the work.
        whitened = torch.linalg.qr(whitened, mode="r").R
    _, singular, rows = torch.linalg.svd(whitened, full_matrices=False)
    best = min(k, len(singular))
    pairs = singular[:best].square(), root.inverse_root(rows[:best])
    a, b = (_form_of_factor(factor) for factor in (inside, outside))
    return finished(pairs, a, b, QuadraticForm(root.apply, root.trace), root.ridge, "woodbury")


def _form_of_factor(factor: Tensor) -> QuadraticForm:
    return QuadraticForm(lambda d: (d @ factor.T) @ factor, float(factor.square().sum()))

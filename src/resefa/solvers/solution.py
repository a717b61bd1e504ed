"""The result of a solver, and the final step of all solvers: unit length, sign convention, residuals, certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.errors import SolverError
from resefa.solvers.certificate import Certificate
from resefa.solvers.eigenpairs import fix_signs
from resefa.solvers.ridge import Ridge
from resefa.types import SquareMatrix, Vectors

NOTHING_INSIDE = (
    "The image inside the region does not depend on the latent code; choose a different region or different layers."
)


@dataclass(frozen=True, eq=False)
class Solution:
    """Eigenpairs of ``A d = lambda B' d`` (equation 8), best first, with ``B' = B + tau trace(B) I`` (equation 10).

    Attributes:
        eigenvalues: (k,) float64, falling: the Rayleigh quotient ``d^T A d / d^T B' d`` of each direction.
        vectors: (k, n) float64, unit rows, B'-orthogonal, the largest entry of each positive.
        inside_rate, outside_rate: (k,) float64: ``d^T A d`` and ``d^T B d``.
        certificate: how exact the pairs are.
    """

    eigenvalues: Tensor
    vectors: Vectors
    inside_rate: Tensor
    outside_rate: Tensor
    certificate: Certificate

    @property
    def dimensions(self) -> int:
        """The number n of latent dimensions."""
        return self.vectors.shape[1]


@dataclass(frozen=True)
class QuadraticForm:
    """A symmetric matrix, A or B', given by its product with rows and its trace, for residuals."""

    apply: Callable[[Tensor], Tensor]
    trace: float

    @classmethod
    def of(cls, matrix: SquareMatrix) -> QuadraticForm:
        return cls(lambda rows: rows @ matrix, float(matrix.diagonal().sum()))

    def rates(self, vectors: Vectors) -> Tensor:
        """The rate ``d^T M d`` for each row, (k,); a negative value is rounding error, because M is positive semidefinite."""
        return (self.apply(vectors) * vectors).sum(1).clamp_min(0)


def finished(
    pairs: tuple[Tensor, Vectors], a: QuadraticForm, b: QuadraticForm, regular: QuadraticForm, ridge: Ridge, solver: str
) -> Solution:
    """Build the solution from eigenvalues (k,) and directions (k, n) of any length and sign.

    Directions that do not change the inside at all are dropped: rounding alone would order them.

    Args:
        pairs: eigenvalues, falling, and directions.
        a, b, regular: A, B and ``B'``.

    Raises:
        SolverError: A is zero, so that nothing can be ranked.
    """
    eigenvalues, vectors = pairs
    if a.trace <= 0:
        raise SolverError(NOTHING_INSIDE)
    vectors = fix_signs(vectors / vectors.norm(dim=1, keepdim=True))
    # A is positive semidefinite: a negative quotient is rounding of zero.
    eigenvalues = eigenvalues.clamp_min(0)
    n = vectors.shape[1]
    changing = (a.apply(vectors) * vectors).sum(1) > n * torch.finfo(torch.float64).eps * a.trace
    eigenvalues, vectors = eigenvalues[changing], vectors[changing]
    gap = a.apply(vectors) - eigenvalues[:, None] * regular.apply(vectors)
    residuals = gap.norm(dim=1) / (a.trace + eigenvalues * regular.trace)
    certificate = Certificate(
        solver, tuple(residuals.tolist()), dimensions=n, searched=n, rank=ridge.rank, condition=ridge.condition, tau=ridge.tau,
        ridge=ridge.value,
    )  # fmt: skip
    return Solution(eigenvalues, vectors, a.rates(vectors), b.rates(vectors), certificate)

"""What a solver returns: the pairs, how good they are, and what the person should know, in words."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from resefa.solvers.certificate import Certificate
from resefa.types import Vectors


@dataclass(frozen=True, eq=False)
class Solution:
    """Pairs of ``A d = lambda B' d`` (equation 8), best first, with ``B' = B + tau * trace(B) * I`` (equation 10).

    Attributes:
        eigenvalues: (k,) float64, descending: the Rayleigh quotient ``d^T A d / d^T B' d`` of each direction.
        vectors: (k, n) float64, unit rows, orthogonal in the sense of B'.
        residuals: (k,) ``|A d - lambda B' d| / (|A| + lambda |B'|)`` in the spectral norm's bound by the trace.
        tau: the ridge as a fraction of ``trace(B)``.
        ridge: the ridge itself, ``tau * trace(B)``.
        rank: numerical rank of the background Gram matrix B before the ridge.
        condition: condition number of B'.
        method: which solver.
        status: one sentence for the person.
        certificate: of a matrix-free solution; None where the whole problem was solved.
    """

    eigenvalues: Tensor
    vectors: Vectors
    residuals: Tensor
    tau: float
    ridge: float
    rank: int
    condition: float
    method: str
    status: str
    certificate: Certificate | None = None

    @property
    def dimensions(self) -> int:
        return self.vectors.shape[1]

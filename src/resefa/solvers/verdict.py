"""What every solver does before and after: check the matrices, normalise, measure the residuals, say the status."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.errors import SolverError
from resefa.solvers.ridge import Ridge
from resefa.solvers.solution import Solution


@dataclass(frozen=True)
class QuadraticForm:
    """A symmetric matrix by its product with rows and its trace: all that a verdict needs of A or B'."""

    apply: Callable[[Tensor], Tensor]
    trace: float

    @classmethod
    def of(cls, matrix: Tensor) -> QuadraticForm:
        return cls(lambda rows: rows @ matrix, float(matrix.diagonal().sum()))


def prepared(matrix: Tensor, part: str) -> Tensor:
    """The matrix in float64 on the CPU (small and precise beats fast and far), exactly symmetric; perhaps the same tensor.

    Raises:
        SolverError: not square, not finite, or not symmetric to 1e-8 of its largest entry.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise SolverError(f"The {part} matrix has shape {tuple(matrix.shape)}: a Gram matrix is square.")
    matrix = matrix.detach().to("cpu", torch.float64)
    # The largest of anything with NaN is NaN.
    largest = float(matrix.abs().max()) if matrix.numel() else 0.0
    if not math.isfinite(largest):
        raise SolverError(f"The {part} matrix contains NaN or infinity: the generator's derivative is broken there.")
    if torch.equal(matrix, matrix.T):
        return matrix
    if float((matrix - matrix.T).abs().max()) > 1e-8 * largest:
        raise SolverError(f"The {part} matrix is not symmetric: give a Gram matrix J^T J.")
    return (matrix + matrix.T) / 2


def changes(vectors: Tensor, foreground: QuadraticForm, precision: float = torch.finfo(torch.float64).eps) -> Tensor:
    """(k,) booleans: which unit rows change the inside by more than rounding."""
    energy = (foreground.apply(vectors) * vectors).sum(1)
    return energy > vectors.shape[1] * precision * foreground.trace


def finished(
    eigenvalues: Tensor,
    vectors: Tensor,
    foreground: QuadraticForm,
    background: QuadraticForm,
    ridge: Ridge,
    method: str,
) -> Solution:
    """Unit rows with a fixed sign (largest entry positive), residuals and the sentence.

    Directions that do not change the inside at all are left out: their order would be that of rounding.

    Raises:
        SolverError: the foreground is zero, so that there is nothing to rank.
    """
    n = vectors.shape[1]
    if foreground.trace <= 0:
        raise SolverError("Nothing inside the region changes with the code: choose another region or another layer.")
    vectors = vectors / vectors.norm(dim=1, keepdim=True)
    peaks = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    vectors = vectors * torch.where(peaks < 0, -1.0, 1.0)
    # A is positive semidefinite: a negative quotient is rounding of a zero.
    eigenvalues = eigenvalues.clamp_min(0)
    changing = changes(vectors, foreground)
    eigenvalues, vectors = eigenvalues[changing], vectors[changing]
    gap = foreground.apply(vectors) - eigenvalues[:, None] * background.apply(vectors)
    scale = foreground.trace + eigenvalues * background.trace
    residuals = gap.norm(dim=1) / scale
    status = ridge.sentence(n)
    if float(residuals.max() if len(residuals) else 0) > 1e-8:
        status += f"; residuals up to {float(residuals.max()):.1e}, so take the directions with care"
    return Solution(
        eigenvalues, vectors, residuals, ridge.tau, ridge.value, ridge.rank, ridge.condition, method, status
    )

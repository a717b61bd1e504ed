"""Linear algebra shared by all solvers: checks of a Gram matrix, whitening, the sign convention, leading eigenvectors."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy.linalg
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor

from resefa.errors import SolverError
from resefa.types import SquareMatrix, Vectors

DENSE_DIMENSIONS = 1024
"""Largest n for which all eigenpairs cost less than a few by iterations or by SciPy's subset."""


def fix_signs(vectors: Vectors) -> Vectors:
    """Each row with the sign that makes its largest entry positive, because an eigenvector's sign is arbitrary."""
    peaks = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * torch.where(peaks < 0, -1.0, 1.0)


def checked_gram(matrix: Tensor, name: str) -> SquareMatrix:
    """The matrix in float64 on the CPU, exactly symmetric; the same tensor if nothing has to change.

    Args:
        name: for messages, for example ``Gram matrix A``.

    Raises:
        SolverError: not square, not finite, or not symmetric to 1e-8 of its largest entry.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise SolverError(f"{name} has shape {tuple(matrix.shape)}; a Gram matrix is square, (n, n).")
    matrix = matrix.detach().to("cpu", torch.float64)
    # The maximum of numbers that include NaN is NaN.
    largest = float(matrix.abs().max()) if matrix.numel() else 0.0
    if not math.isfinite(largest):
        raise SolverError(
            f"{name} contains NaN or infinity: the generator's derivative is not finite at this latent code. Choose a different seed or code."
        )
    if torch.equal(matrix, matrix.T):
        return matrix
    if float((matrix - matrix.T).abs().max()) > 1e-8 * largest:
        raise SolverError(f"{name} is not symmetric; give a Gram matrix J^T J.")
    return (matrix + matrix.T) / 2


class Whitening:
    """``B' = L L^T``: the symmetric ``C = L^-1 A L^-T`` has the eigenvalues of ``A d = lambda B' d``, and ``d = L^-T p`` (equations 9, 10)."""

    def __init__(self, factor: Tensor) -> None:
        self.factor = factor

    @classmethod
    def of(cls, regular: SquareMatrix) -> Whitening | None:
        """Factorize ``B'``; None if ``B'`` is not positive definite."""
        factor, failed = torch.linalg.cholesky_ex(regular)
        return None if int(failed) else cls(factor)

    def whitened(self, a: SquareMatrix) -> SquareMatrix:
        """The whitened matrix ``L^-1 A L^-T``."""
        half = torch.linalg.solve_triangular(self.factor, a, upper=False)
        whitened = torch.linalg.solve_triangular(self.factor, half.T, upper=False)
        return (whitened + whitened.T) / 2

    def directions(self, columns: Tensor) -> Vectors:
        """The directions ``d = L^-T p`` for the columns p, as rows."""
        return torch.linalg.solve_triangular(self.factor.T, columns, upper=True).T


def largest_eigenpairs(matrix: SquareMatrix, k: int) -> tuple[Tensor, Tensor]:
    """The k largest eigenvalues, descending, and their eigenvectors as columns. Overwrites a large matrix."""
    n = len(matrix)
    if n <= DENSE_DIMENSIONS:
        values, vectors = torch.linalg.eigh(matrix)
        return values[n - k :].flip(0), vectors[:, n - k :].flip(1)
    # A few pairs of a few thousand cost a third of all pairs.
    lowest, columns = scipy.linalg.eigh(
        matrix.numpy(), subset_by_index=[n - k, n - 1], overwrite_a=True, check_finite=False
    )
    return torch.from_numpy(lowest).flip(0), torch.from_numpy(columns).flip(1)


class _Product(LinearOperator):
    """A symmetric matrix for SciPy, given by its matrix-vector products."""

    def __init__(self, product: Callable[[Tensor], Tensor], n: int) -> None:
        super().__init__(np.dtype(np.float64), (n, n))
        self.product = product

    def _matvec(self, x: np.ndarray) -> np.ndarray:
        return self.product(torch.from_numpy(x.reshape(1, -1)))[0].double().cpu().numpy()


def leading_eigenvectors(
    product: Callable[[Tensor], Tensor], n: int, k: int, *, tolerance: float = 1e-9
) -> tuple[Tensor, Vectors]:
    """The k largest eigenvalues (k,), descending, and unit eigenvectors (k, n) of a matrix given by its products.

    Args:
        product: rows (b, n) float64 -> ``rows @ M`` (b, n), M symmetric positive semidefinite.
        n: its size.
        k: how many; at most n are returned.
        tolerance: relative, of the eigenvalues where n is above DENSE_DIMENSIONS (implicitly restarted Lanczos, ARPACK).
    """
    k = min(k, n)
    if n <= DENSE_DIMENSIONS or k >= n - 1:
        matrix = product(torch.eye(n, dtype=torch.float64)).to("cpu", torch.float64)
        values, columns = torch.linalg.eigh((matrix + matrix.T) / 2)
        values, vectors = values.flip(0)[:k], columns.T.flip(0)[:k]
    else:
        start = np.random.RandomState(0).randn(n)
        # SciPy has no types: `tol` is taken for an int from its default.
        found, columns = eigsh(_Product(product, n), k=k, v0=start, tol=tolerance)  # pyright: ignore[reportArgumentType]
        order = np.argsort(-found)
        values, vectors = torch.from_numpy(found[order].copy()), torch.from_numpy(columns.T[order].copy())
    return values.clamp_min(0), fix_signs(vectors)

"""Leading eigenvectors of a symmetric positive semidefinite matrix that is there whole or known by its products."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor

from resefa.types import Vectors

DENSE_DIMENSIONS = 1024
"""Up to here the whole spectrum is cheaper than iterations."""


def leading_eigenvectors(
    product: Callable[[Tensor], Tensor], n: int, k: int, *, tolerance: float = 1e-9
) -> tuple[Tensor, Vectors]:
    """The k largest eigenvalues (k,) and their unit eigenvectors (k, n), float64, largest first, the same at each call.

    Args:
        product: rows (b, n) float64 -> ``rows @ M`` (b, n), M symmetric positive semidefinite.
        n: its size.
        k: how many; no more than n are given.
        tolerance: relative, of the eigenvalues where n is above DENSE_DIMENSIONS (implicitly restarted Lanczos, ARPACK).
    """
    k = min(k, n)
    if n <= DENSE_DIMENSIONS or k >= n - 1:
        matrix = product(torch.eye(n, dtype=torch.float64)).to("cpu", torch.float64)
        values, columns = torch.linalg.eigh((matrix + matrix.T) / 2)
        values, vectors = values.flip(0)[:k], columns.T.flip(0)[:k]
    else:
        operator = LinearOperator(
            (n, n),
            matvec=lambda v: product(torch.from_numpy(v.reshape(1, n)))[0].double().cpu().numpy(),
            dtype=np.float64,
        )
        start = np.random.RandomState(0).randn(n)
        found, columns = eigsh(operator, k=k, v0=start, tol=tolerance)
        order = np.argsort(-found)
        values, vectors = torch.from_numpy(found[order].copy()), torch.from_numpy(columns.T[order].copy())
    return values.clamp_min(0), with_positive_peaks(vectors)


def with_positive_peaks(vectors: Vectors) -> Vectors:
    """The rows with the sign that makes the largest entry of each positive: eigenvectors have none of their own."""
    peaks = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * torch.where(peaks < 0, -1.0, 1.0)

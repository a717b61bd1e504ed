"""``LinearOperator``, the interface of a matrix that is used through its products, and the operator of a stored matrix."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class LinearOperator(Protocol):
    """A linear map from ``n`` to ``m`` dimensions; several vectors are passed as the rows of a matrix.

    Identity that every member satisfies: ``<J v, u> = <v, J^T u>``.
    """

    @property
    def shape(self) -> tuple[int, int]:
        """The shape (m, n): number of outputs, number of inputs."""
        ...

    @property
    def dtype(self) -> torch.dtype:
        """The precision of the products."""
        ...

    def apply(self, vectors: Tensor) -> Tensor:
        """``J v`` for each row of ``vectors``: (k, n) -> (k, m)."""
        ...

    def adjoint(self, covectors: Tensor) -> Tensor:
        """``J^T u`` for each row of ``covectors``: (k, m) -> (k, n)."""
        ...

    def dense(self) -> Tensor:
        """The operator as a matrix, (m, n)."""
        ...


class DenseOperator:
    """A stored matrix with the interface of a linear operator."""

    def __init__(self, matrix: Tensor) -> None:
        if matrix.ndim != 2:
            raise ValueError(f"matrix has shape {tuple(matrix.shape)}; expected (m, n)")
        self.matrix = matrix

    @property
    def shape(self) -> tuple[int, int]:
        return self.matrix.shape[0], self.matrix.shape[1]

    @property
    def dtype(self) -> torch.dtype:
        return self.matrix.dtype

    def apply(self, vectors: Tensor) -> Tensor:
        return vectors.to(self.matrix) @ self.matrix.T

    def adjoint(self, covectors: Tensor) -> Tensor:
        return covectors.to(self.matrix) @ self.matrix

    def dense(self) -> Tensor:
        return self.matrix


def adjoint_gap(operator: LinearOperator, *, seed: int = 0, probes: int = 4) -> float:
    """The largest relative violation of ``<J v, u> = <v, J^T u>`` on random vectors: 0 in exact arithmetic."""
    m, n = operator.shape
    random = torch.Generator().manual_seed(seed)
    v = torch.randn(probes, n, generator=random, dtype=torch.float64)
    u = torch.randn(probes, m, generator=random, dtype=torch.float64)
    forward = operator.apply(v).double().cpu()
    reverse = operator.adjoint(u).double().cpu()
    left, right = (forward * u).sum(1), (v * reverse).sum(1)
    scale = (forward.norm(dim=1) * u.norm(dim=1)).clamp_min(torch.finfo(torch.float64).tiny)
    return float(((left - right).abs() / scale).max())

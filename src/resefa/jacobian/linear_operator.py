"""The interface of a linear map that is known by its products, and its simplest member, a stored matrix."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class LinearOperator(Protocol):
    """A linear map from ``n`` to ``m`` dimensions. Blocks of vectors are rows, as directions are in this field.

    Identity that every member satisfies: ``<J v, u> = <v, J^T u>``.
    """

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n): outputs, inputs."""
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
        """The matrix itself, (m, n)."""
        ...


class DenseOperator:
    """A stored matrix behind the operator interface."""

    def __init__(self, matrix: Tensor) -> None:
        if matrix.ndim != 2:
            raise ValueError(f"a matrix has two axes, not {matrix.ndim}")
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
    """Relative gap of the identity ``<J v, u> = <v, J^T u>`` on random probes: 0 in exact arithmetic."""
    m, n = operator.shape
    random = torch.Generator().manual_seed(seed)
    v = torch.randn(probes, n, generator=random, dtype=torch.float64)
    u = torch.randn(probes, m, generator=random, dtype=torch.float64)
    forward = operator.apply(v).double().cpu()
    reverse = operator.adjoint(u).double().cpu()
    left, right = (forward * u).sum(1), (v * reverse).sum(1)
    scale = (forward.norm(dim=1) * u.norm(dim=1)).clamp_min(torch.finfo(torch.float64).tiny)
    return float(((left - right).abs() / scale).max())

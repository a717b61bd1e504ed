"""Several linear maps from one latent space, one below the other: the Jacobians of several images as one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from resefa.operators.linear_operator import LinearOperator


class StackedOperator:
    """``[J_1; J_2; ...]``: (m_1 + m_2 + ..., n)."""

    def __init__(self, operators: Sequence[LinearOperator]) -> None:
        if len({operator.shape[1] for operator in operators}) != 1:
            raise ValueError("operators that are stacked share one latent space")
        self.operators = tuple(operators)

    @property
    def shape(self) -> tuple[int, int]:
        return sum(operator.shape[0] for operator in self.operators), self.operators[0].shape[1]

    @property
    def dtype(self) -> torch.dtype:
        return self.operators[0].dtype

    def apply(self, vectors: Tensor) -> Tensor:
        return torch.cat([operator.apply(vectors) for operator in self.operators], dim=1)

    def adjoint(self, covectors: Tensor) -> Tensor:
        parts = covectors.split([operator.shape[0] for operator in self.operators], dim=1)
        first, *others = (operator.adjoint(part) for operator, part in zip(self.operators, parts, strict=True))
        return sum(others, first)

    def dense(self) -> Tensor:
        return torch.cat([operator.dense() for operator in self.operators])

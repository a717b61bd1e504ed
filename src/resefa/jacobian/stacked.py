"""Linear operators on the same latent space stacked below each other: the Jacobians of several images as one operator."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from resefa.errors import OutOfMemoryError
from resefa.jacobian.linear_operator import LinearOperator
from resefa.jacobian.operator import JacobianOperator
from resefa.runtime.memory import graph_bytes


class StackedOperator:
    """The stacked operator ``[J_1; J_2; ...]`` with shape (m_1 + m_2 + ..., n)."""

    def __init__(self, operators: Sequence[LinearOperator]) -> None:
        if len({operator.shape[1] for operator in operators}) != 1:
            shapes = ", ".join(str(operator.shape) for operator in operators) or "no operator"
            raise ValueError(f"operators must have the same number of columns (latent dimensions); given: {shapes}")
        self.operators = tuple(operators)
        self._reverse: list[Callable[[Tensor], Tensor]] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return sum(operator.shape[0] for operator in self.operators), self.operators[0].shape[1]

    @property
    def dtype(self) -> torch.dtype:
        return self.operators[0].dtype

    @property
    def jacobians(self) -> tuple[JacobianOperator, ...]:
        """The stacked operators that are Jacobians of generators; stored matrices are left out."""
        return tuple(operator for operator in self.operators if isinstance(operator, JacobianOperator))

    def apply(self, vectors: Tensor) -> Tensor:
        return torch.cat([operator.apply(vectors) for operator in self.operators], dim=1)

    def adjoint(self, covectors: Tensor) -> Tensor:
        parts = covectors.split([operator.shape[0] for operator in self.operators], dim=1)
        reverse = self._reverse or [operator.adjoint for operator in self.operators]
        first, *others = (product(part) for product, part in zip(reverse, parts, strict=True))
        return sum(others, first)

    @contextlib.contextmanager
    def graphs_held(self, room: int) -> Iterator[None]:
        """Context manager within which VJPs share one forward pass per image, if the graphs fit into ``room`` bytes.

        A search asks for a few products at a time, and each call alone would begin with an image.
        """
        images = self.jacobians
        known = len(images) == len(self.operators)
        if known and graph_bytes(images[0].function, images[0].point) * len(images) <= room:
            # Without room for the graphs each call makes its own, and lets it go.
            with contextlib.suppress(OutOfMemoryError):
                self._reverse = [operator.transposed() for operator in images]
        try:
            yield
        finally:
            self._reverse = None

    def dense(self) -> Tensor:
        return torch.cat([operator.dense() for operator in self.operators])

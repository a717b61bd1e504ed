"""Jacobians of several images as one: products, and graphs that are held for a search."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from resefa.jacobian.operator import JacobianOperator
from resefa.jacobian.stacked import StackedOperator


class Image:
    """A small generator that counts its forward passes."""

    def __init__(self, seed: int) -> None:
        self.weights = torch.randn(30, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        self.passes = 0

    def __call__(self, z: Tensor) -> Tensor:
        self.passes += 1
        return torch.tanh(z @ self.weights.T).reshape(len(z), 3, 5, 2)


def stacked() -> tuple[StackedOperator, list[Image]]:
    images = [Image(0), Image(1)]
    points = torch.randn(2, 1, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    return StackedOperator(
        [JacobianOperator(image, point) for image, point in zip(images, points, strict=True)]
    ), images


def test_products_are_those_of_the_matrices_one_below_the_other() -> None:
    operator, _ = stacked()
    whole = operator.dense()
    assert whole.shape == operator.shape == (60, 6)
    v, u = torch.randn(4, 6, dtype=torch.float64), torch.randn(3, 60, dtype=torch.float64)
    assert torch.allclose(operator.apply(v), v @ whole.T)
    assert torch.allclose(operator.adjoint(u), u @ whole)


@pytest.mark.parametrize(("room", "passes"), [(10**9, 0), (0, 5)])
def test_held_graphs_give_the_same_products_with_one_pass(room: int, passes: int) -> None:
    operator, images = stacked()
    u = torch.randn(3, 60, dtype=torch.float64)
    expected = operator.adjoint(u)
    with operator.graphs_held(room):
        before = images[0].passes
        for _ in range(5):
            assert torch.equal(operator.adjoint(u), expected)
        assert images[0].passes - before == passes
    operator.adjoint(u)
    assert images[0].passes - before == passes + 1


def test_graphs_go_with_an_interruption() -> None:
    operator, _ = stacked()
    with pytest.raises(KeyboardInterrupt), operator.graphs_held(10**9):
        raise KeyboardInterrupt
    assert operator._reverse is None

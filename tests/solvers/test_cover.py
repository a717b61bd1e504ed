"""A subspace for every region: what it leaves, tile by tile, against what it really leaves."""

from __future__ import annotations

import pytest
import torch
from solvers.falling_spectra import jacobian

from resefa.jacobian.linear_operator import DenseOperator
from resefa.jacobian.stacked import StackedOperator
from resefa.solvers.cover import GRID, cover, tile_of_pixels
from resefa.solvers.subspace import Subspace


def left_outside(j: torch.Tensor, space: Subspace) -> torch.Tensor:
    """(m,) squared length of what each row has outside the subspace."""
    return (j - j @ space.basis.T @ space.basis).square().sum(1)


@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 12, 20), (2, 5, 9)])
def test_no_more_is_left_than_was_allowed(shape: tuple[int, int, int]) -> None:
    m = shape[0] * shape[1] * shape[2]
    j = jacobian(m, 400, 1.2, 0)
    space = Subspace(DenseOperator(j))
    found = cover(space, shape, share=0.003)
    assert found.met and found.dimensions == len(space) < 400
    true = float(left_outside(j, space).sum() / j.square().sum())
    assert true < 0.005 and found.share == pytest.approx(true, rel=0.5)


def test_what_is_left_of_a_region_is_that_of_its_tiles() -> None:
    shape = (3, 16, 24)
    j = jacobian(3 * 16 * 24, 300, 0.6, 1)
    space = Subspace(DenseOperator(j))
    found = cover(space, shape, share=1e-9, room=64)
    assert not found.met and len(space) == found.dimensions == 64
    weights = torch.zeros(16, 24)
    weights[4:12, 6:18] = 1  # whole tiles
    weights /= 3 * weights.sum()
    left, whole = found.left_of(weights, 3)
    rows = weights.flatten().repeat(3).double()
    assert left == pytest.approx(float((rows * left_outside(j, space)).sum()), rel=0.25)
    assert whole == pytest.approx(float((rows * j.square().sum(1)).sum()), rel=0.25)


def test_the_whole_space_leaves_nothing() -> None:
    j = jacobian(192, 30, 0.1, 2)
    found = cover(Subspace(DenseOperator(j)), (3, 8, 8), share=1e-6)
    assert found.dimensions == 30 and found.met and found.share < 1e-20


def test_images_one_below_the_other_share_a_subspace() -> None:
    one, two = jacobian(192, 150, 1.5, 3), jacobian(192, 150, 1.5, 4)
    space = Subspace(StackedOperator([DenseOperator(one), DenseOperator(two)]))
    found = cover(space, (3, 8, 8), share=0.01)
    assert found.met
    for j in (one, two):
        assert float(left_outside(j, space).sum() / j.square().sum()) < 0.03


def test_a_subspace_that_was_begun_goes_on() -> None:
    j = jacobian(768, 400, 1.2, 5)
    alone, begun = Subspace(DenseOperator(j)), Subspace(DenseOperator(j))
    cover(alone, (3, 16, 16), share=0.003)
    cover(begun, (3, 16, 16), share=0.05)
    before = begun.forward + begun.reverse
    assert cover(begun, (3, 16, 16), share=0.003).met
    assert begun.forward + begun.reverse - before < alone.forward + alone.reverse
    # Once more: one round of probes, nothing joins.
    spent = begun.forward, begun.reverse
    cover(begun, (3, 16, 16), share=0.003)
    assert (begun.forward, begun.reverse) == (spent[0], spent[1] + GRID**2)


@pytest.mark.parametrize("size", [(64, 64), (5, 3), (100, 256)])
def test_tiles_cover_the_image_evenly(size: tuple[int, int]) -> None:
    tiles = tile_of_pixels(size)
    counts = tiles.flatten().bincount(minlength=GRID**2)
    assert int(counts.sum()) == size[0] * size[1]
    present = counts[counts > 0].double()
    assert len(present) == min(size[0], GRID) * min(size[1], GRID)
    assert present.max() <= 4 * present.min()

"""A subspace for every region: the energy outside it, tile by tile, by probes and by the matrix."""

from __future__ import annotations

import pytest
import torch
from solvers.falling_spectra import jacobian

from resefa.jacobian.linear_operator import DenseOperator
from resefa.jacobian.stacked import StackedOperator
from resefa.solvers.prepared import GRID, prepare, tile_of_pixels
from resefa.solvers.subspace import Subspace


def missing_energy(j: torch.Tensor, space: Subspace) -> torch.Tensor:
    """(m,) squared length of what each row has outside the subspace."""
    return (j - j @ space.basis.T @ space.basis).square().sum(1)


@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 12, 20), (2, 5, 9)])
def test_no_more_is_left_than_was_allowed(shape: tuple[int, int, int]) -> None:
    m = shape[0] * shape[1] * shape[2]
    j = jacobian(m, 400, 1.2, 0)
    space = Subspace(DenseOperator(j))
    found = prepare(space, shape, share=0.003)
    assert found.missing_share <= 0.003 and len(found.basis) == len(space) < 400
    true = float(missing_energy(j, space).sum() / j.square().sum())
    assert true < 0.005 and found.missing_share == pytest.approx(true, rel=0.5)


def test_what_is_left_of_a_region_is_that_of_its_tiles() -> None:
    shape = (3, 16, 24)
    j = jacobian(3 * 16 * 24, 300, 0.6, 1)
    space = Subspace(DenseOperator(j))
    found = prepare(space, shape, share=1e-9, memory=64 * (8 * 300 + 8 * len(j)))
    assert found.missing_share > 1e-9 and len(space) == len(found.basis) == 64
    weights = torch.zeros(16, 24)
    weights[4:12, 6:18] = 1  # whole tiles
    weights /= 3 * weights.sum()
    rows = weights.flatten().repeat(3).double()
    left, whole = found.energy(rows)
    assert left == pytest.approx(float((rows * missing_energy(j, space)).sum()), rel=0.25)
    assert whole == pytest.approx(float((rows * j.square().sum(1)).sum()), rel=0.25)


def test_the_whole_space_leaves_nothing() -> None:
    j = jacobian(192, 30, 0.1, 2)
    found = prepare(Subspace(DenseOperator(j)), (3, 8, 8), share=1e-6)
    assert len(found.basis) == 30 and found.missing_share < 1e-20


def test_images_one_below_the_other_share_a_subspace() -> None:
    one, two = jacobian(192, 150, 1.5, 3), jacobian(192, 150, 1.5, 4)
    space = Subspace(StackedOperator([DenseOperator(one), DenseOperator(two)]))
    found = prepare(space, (3, 8, 8), share=0.01)
    assert found.missing_share <= 0.01
    for j in (one, two):
        assert float(missing_energy(j, space).sum() / j.square().sum()) < 0.03


def test_a_subspace_that_was_begun_goes_on() -> None:
    j = jacobian(768, 400, 1.2, 5)
    alone, begun = Subspace(DenseOperator(j)), Subspace(DenseOperator(j))
    prepare(alone, (3, 16, 16), share=0.003)
    prepare(begun, (3, 16, 16), share=0.05)
    before = begun.forward + begun.reverse
    assert prepare(begun, (3, 16, 16), share=0.003).missing_share <= 0.003
    assert begun.forward + begun.reverse - before < alone.forward + alone.reverse
    # Once more: one round of probes, nothing joins.
    spent = begun.forward, begun.reverse
    prepare(begun, (3, 16, 16), share=0.003)
    assert (begun.forward, begun.reverse) == (spent[0], spent[1] + GRID**2)


@pytest.mark.parametrize("size", [(64, 64), (5, 3), (100, 256)])
def test_tiles_cover_the_image_evenly(size: tuple[int, int]) -> None:
    tiles = tile_of_pixels(size)
    counts = tiles.flatten().bincount(minlength=GRID**2)
    assert int(counts.sum()) == size[0] * size[1]
    present = counts[counts > 0].double()
    assert len(present) == min(size[0], GRID) * min(size[1], GRID)
    assert present.max() <= 4 * present.min()


@pytest.mark.parametrize("channels_alike", [True, False])
def test_grams_and_energy_of_any_weights(channels_alike: bool) -> None:
    """Two images of three channels; weights that differ between channels too."""
    shape = (3, 16, 16)
    j = torch.cat([jacobian(768, 120, 0.6, 6), jacobian(768, 120, 0.6, 7)])
    space = Subspace(DenseOperator(j))
    found = prepare(space, shape, share=1e-9, memory=64 * (8 * 120 + 8 * len(j)))
    draw = torch.Generator().manual_seed(0)
    tiles = torch.rand(1 if channels_alike else 3, GRID, GRID, generator=draw, dtype=torch.float64)
    pixels = tiles.repeat_interleave(2, 1).repeat_interleave(2, 2).expand(shape)
    rows = pixels.flatten().repeat(2)
    a = (j.T * rows) @ j / rows.sum()
    assert torch.allclose(found.gram(rows), found.basis @ a @ found.basis.T, atol=1e-12)
    missing, total = found.energy(rows)
    assert total == pytest.approx(float(a.trace()), rel=0.2)
    assert missing == pytest.approx(float(a.trace() - (found.basis @ a @ found.basis.T).trace()), rel=0.2)

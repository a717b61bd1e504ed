"""LowRankGAN's projection: what it leaves alone, and problems whose answer is known on paper."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from resefa.errors import SolverError
from resefa.solvers.null_space import solve_null_space


def grams(seed: int, n: int, inside: int, outside: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    factors = (torch.randn(m, n, generator=random, dtype=torch.float64) for m in (inside, outside))
    return tuple(f.T @ f for f in factors)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 20), st.integers(1, 3), st.integers(1, 3), st.integers(0, 3))
def test_directions_are_units_that_leave_the_protected_part_alone(seed, n, inside, outside, relaxation):
    a, b = grams(seed, n, inside, outside)
    found = solve_null_space(a, b, k=n, sparsity=1.0, relaxation=relaxation, tolerance=1e-6)
    assert torch.allclose(found.vectors.norm(dim=1), torch.ones(len(found.vectors), dtype=torch.float64))
    protected = found.outside.basis[: found.protected]
    assert (found.vectors @ protected.T).abs().max() < 1e-6
    assert found.protected == min(max(1, found.outside.rank - relaxation), n - 1)
    assert len(found.vectors) <= found.inside.rank
    assert bool((found.strengths.diff() <= 0).all())


def test_an_inside_at_45_degrees_is_turned_out_of_the_outside():
    # lambda = 1 keeps everything in the low-rank parts, so the answer is plain geometry.
    v = torch.tensor([1.0, 1.0, 0, 0, 0]).double() / 2**0.5
    a, b = 4 * torch.outer(v, v), torch.diag(torch.tensor([9.0, 0, 1, 0, 0])).double()
    found = solve_null_space(a, b, k=3, sparsity=2.0)
    assert torch.allclose(found.vectors, torch.eye(5).double()[1:2], atol=1e-6)
    assert float(found.shares[0]) == pytest.approx(2**-0.5, abs=1e-6)
    assert found.protected == 2


def test_relaxation_gives_up_the_weakest_outside_directions_first():
    v = torch.tensor([0.0, 0, 1, 0, 0]).double()
    a, b = torch.outer(v, v), torch.diag(torch.tensor([9.0, 4, 1, 0, 0])).double()
    with pytest.raises(SolverError, match="3 protected directions.*larger relaxation"):
        solve_null_space(a, b, k=1, sparsity=2.0)
    assert torch.allclose(solve_null_space(a, b, k=1, sparsity=2.0, relaxation=1).vectors[0], v, atol=1e-6)


def test_a_lambda_that_leaves_nothing_is_said_with_the_part():
    a, b = grams(0, 8, 2, 2)
    with pytest.raises(SolverError, match="inside.*zero at sparsity=0.001.*larger sparsity"):
        solve_null_space(a, b, k=1, sparsity=1e-3)


def test_sizes_and_counts_are_checked():
    with pytest.raises(SolverError, match="same size"):
        solve_null_space(torch.eye(3), torch.eye(4), k=1)
    with pytest.raises(SolverError, match="k=0"):
        solve_null_space(torch.eye(3), torch.eye(3), k=0)

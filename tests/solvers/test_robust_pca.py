"""Planted decompositions, identities, and the proof that the minimum was reached."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from resefa.errors import SolverError
from resefa.solvers.robust_pca import robust_pca


def planted(seed: int, n: int, rank: int, entries: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A Gram matrix of low rank, and a symmetric matrix with few entries that are not small."""
    random = torch.Generator().manual_seed(seed)
    factor = torch.randn(rank, n, generator=random, dtype=torch.float64)
    sparse = torch.zeros(n, n, dtype=torch.float64)
    where = torch.randint(n, (entries, 2), generator=random)
    sparse[where[:, 0], where[:, 1]] = 5 * torch.randn(entries, generator=random, dtype=torch.float64).sign()
    return factor.T @ factor, (sparse + sparse.T) / 2


def test_a_planted_low_rank_and_sparse_part_are_recovered():
    low_rank, sparse = planted(0, 60, 3, 80)
    found = robust_pca(low_rank + sparse)
    assert found.converged and found.rank == 3
    assert (found.low_rank - low_rank).norm() < 1e-5 * low_rank.norm()
    assert (found.sparse - sparse).norm() < 1e-5 * sparse.norm()
    assert found.density == pytest.approx(float((sparse != 0).double().mean()))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 24), st.integers(1, 4), st.integers(0, 30), st.floats(-9, 9))
def test_identities(seed, n, rank, entries, magnitude):
    low_rank, sparse = planted(seed, n, rank, entries)
    matrix = 10**magnitude * (low_rank + sparse)
    found = robust_pca(matrix, tolerance=1e-6, iterations=4000)
    residual = (matrix - found.low_rank - found.sparse).norm() / matrix.norm()
    assert residual == pytest.approx(found.primal, rel=1e-3, abs=1e-12)
    if found.converged:
        assert found.primal <= 1e-6 and found.dual <= 1e-6
        assert found.gap < 1e-3
    for part in (found.low_rank, found.sparse):
        assert torch.equal(part, part.T)
    rebuilt = (found.basis.T * found.eigenvalues) @ found.basis
    assert torch.allclose(rebuilt, found.low_rank, atol=1e-10 * float(matrix.norm()), rtol=0)
    assert torch.allclose(found.basis @ found.basis.T, torch.eye(found.rank, dtype=torch.float64), atol=1e-10)
    assert bool((found.eigenvalues.abs().diff() <= 0).all())


def test_the_sparsity_decides_what_goes_where():
    low_rank, sparse = planted(2, 20, 2, 20)
    assert robust_pca(low_rank + sparse, sparsity=1e-3).rank == 0
    everything = robust_pca(low_rank + sparse, sparsity=10.0)
    assert everything.density == 0 and everything.rank == int(torch.linalg.matrix_rank(low_rank + sparse))


def test_too_few_iterations_are_said_and_the_gap_tells_how_far_it_is():
    low_rank, sparse = planted(3, 30, 3, 60)
    short, long = (robust_pca(low_rank + sparse, iterations=most) for most in (3, 5000))
    assert not short.converged and "not converged" in short.status and "3 iterations" in short.status
    assert long.converged and "not converged" not in long.status
    assert long.gap < 1e-5 < short.gap


@pytest.mark.parametrize(
    "matrix, options, message",
    [
        (torch.triu(torch.ones(4, 4)), {}, "not symmetric"),
        (torch.full((3, 3), float("nan")), {}, "NaN or infinity"),
        (torch.zeros(3, 3), {}, "is zero"),
        (torch.ones(3, 4), {}, "square"),
        (torch.eye(3), {"sparsity": 0.0}, "sparsity=0.0"),
        (torch.eye(3), {"sparsity": float("nan")}, "sparsity=nan"),
        (torch.eye(3), {"tolerance": 0.0}, "tolerance=0.0"),
        (torch.eye(3), {"iterations": 0}, "at least 1 iteration"),
    ],
)
def test_what_makes_no_sense_is_refused(matrix, options, message):
    with pytest.raises(SolverError, match=message):
        robust_pca(matrix, **options)

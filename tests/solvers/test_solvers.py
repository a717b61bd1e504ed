"""Agreement with SciPy, identities, and analytic generators whose directions are known on paper."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import resefa
from resefa.errors import SolverError
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.woodbury import solve_woodbury


def factors(seed: int, n: int, inside: int, outside: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(m, n, generator=random, dtype=torch.float64) for m in (inside, outside))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 40), st.integers(1, 40))
def test_both_solvers_agree_with_scipy(seed, n, inside, outside):
    f, b = factors(seed, n, inside, outside)
    gram_f, gram_b = f.T @ f, b.T @ b
    ridged = gram_b + 1e-3 * gram_b.trace() * torch.eye(n, dtype=torch.float64)
    wanted = scipy.linalg.eigh(gram_f.numpy(), ridged.numpy(), eigvals_only=True)[::-1].copy()
    k = min(n, inside)
    for solution in (solve_cholesky(gram_f, gram_b, k=k), solve_woodbury(f, b, k=k)):
        assert np.allclose(solution.eigenvalues, wanted[: len(solution.eigenvalues)], rtol=1e-8, atol=1e-8 * wanted[0])
        assert max(solution.certificate.residuals) < 1e-10
        assert torch.allclose(solution.vectors.norm(dim=1), torch.ones(k, dtype=torch.float64))
        gram = solution.vectors @ ridged @ solution.vectors.T
        scale = gram.diagonal().sqrt()
        # V^T B' V is diagonal: directions are orthogonal in the sense of the background.
        assert torch.allclose(gram / scale[:, None] / scale, torch.eye(k, dtype=torch.float64), atol=1e-6)


def reported(solution):
    certificate = solution.certificate
    return certificate.rank, (certificate.condition, certificate.ridge, *solution.eigenvalues.tolist())


@pytest.mark.parametrize("n, outside, tau", [(80, 300, 1e-3), (80, 30, 1e-3), (80, 300, 0.0), (300, 1000, 1e-6)])
def test_a_few_pairs_from_one_thread_are_those_of_the_whole_spectrum(monkeypatch, n, outside, tau):
    f, b = factors(n, n, 50, outside)
    fall = torch.arange(1, n + 1, dtype=torch.float64).rsqrt()
    f, b = f * fall, b * fall
    # Eight pairs from SciPy where its threads can be held; else, and for more pairs, all of them from PyTorch.
    few = solve_cholesky(f.T @ f, b.T @ b, k=8, tau=tau)
    monkeypatch.setattr("resefa.solvers.cholesky.one_blas_thread", lambda: nullcontext(False))
    every = solve_cholesky(f.T @ f, b.T @ b, k=8, tau=tau)
    assert reported(few)[0] == reported(every)[0]
    assert reported(few)[1] == pytest.approx(reported(every)[1], rel=1e-11)
    assert torch.allclose(few.vectors, every.vectors, atol=1e-11)


def test_equal_eigenvalues_still_give_independent_directions():
    b = torch.eye(96, dtype=torch.float64)
    a = torch.diag((torch.arange(96) < 10).double())
    found = solve_cholesky(a, b, k=8)
    assert torch.allclose(found.vectors @ found.vectors.T, torch.eye(8, dtype=torch.float64), atol=1e-10)
    assert torch.allclose(found.vectors[:, 10:], torch.zeros(8, 86, dtype=torch.float64), atol=1e-10)


@pytest.mark.parametrize("lowest", [-1, -0.5])
def test_a_background_that_is_not_positive_definite_is_refused_however_few_pairs(lowest):
    b = torch.diag(torch.linspace(lowest, 1, 96, dtype=torch.float64))
    with pytest.raises(SolverError, match="not positive definite at tau=0.001"):
        solve_cholesky(torch.eye(96, dtype=torch.float64), b, k=4)


def test_the_certificate_has_the_rank():
    f, b = factors(0, 20, 5, 7)
    for solution in (solve_woodbury(f, b, k=2), solve_cholesky(f.T @ f, b.T @ b, k=2)):
        assert (solution.certificate.rank, solution.certificate.dimensions, solution.certificate.tau) == (7, 20, 1e-3)
        assert all(fact in solution.certificate.sentence() for fact in ("rank 7 of 20", "0.001"))


def test_a_singular_background_without_ridge_is_refused_with_advice():
    f, b = factors(0, 20, 5, 7)
    with pytest.raises(SolverError, match="rank 7 of 20.*tau above 0"):
        solve_cholesky(f.T @ f, b.T @ b, k=2, tau=0)


@pytest.mark.parametrize("scale_a, scale_b", [(1e6, 1.0), (1.0, 1e-6)])
def test_directions_do_not_depend_on_the_scale_of_either_matrix(scale_a, scale_b):
    f, b = factors(1, 12, 9, 30)
    plain = solve_cholesky(f.T @ f, b.T @ b, k=3)
    scaled = solve_cholesky(scale_a * f.T @ f, scale_b * b.T @ b, k=3)
    assert torch.allclose(plain.vectors, scaled.vectors, atol=1e-8)


def test_nothing_inside_and_asymmetry_are_refused():
    b = torch.eye(4).double()
    with pytest.raises(SolverError, match="inside the region"):
        solve_cholesky(torch.zeros(4, 4), b, k=1)
    with pytest.raises(SolverError, match="not symmetric"):
        solve_cholesky(torch.triu(torch.ones(4, 4)), b, k=1)


def test_a_linear_generator_gives_the_axis_that_moves_the_region():
    # Dimension j moves pixel j only, so the box on pixel 2 has dimension 2 as its direction.
    generator = resefa.wrap(lambda z: (z / 8).reshape(-1, 1, 1, 6), 6)
    found = resefa.discover(generator, generator.sample(0), resefa.Region.box(0, 2, 1, 1), k=1)
    assert torch.allclose(found.vectors[0], torch.eye(6)[2], atol=1e-6)


def test_a_quadratic_generator_has_the_derivative_of_paper():
    # G(z)_j = z_j^2 / 64: J = diag(2 z_j / 64), so A and B are diagonal and the eigenvalues are known.
    generator = resefa.wrap(lambda z: (z.square() / 64).reshape(-1, 1, 1, 6), 6, dtype=torch.float64)
    code = generator.sample(0)
    found = resefa.discover(generator, code, resefa.Region.box(0, 0, 1, 2), k=2)
    squares = (2 * code.values[0] / 64).square()
    ridge = 1e-3 * squares[2:].sum() / 4
    wanted = (squares[:2] / 2 / ridge).sort(descending=True).values
    assert torch.allclose(found.eigenvalues, wanted, rtol=1e-10)

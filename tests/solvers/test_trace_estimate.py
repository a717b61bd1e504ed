"""The trace that the ridge is a share of: unbiased, and as far off as is said."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import torch
from solvers.falling_spectra import jacobian

from resefa.jacobian.linear_operator import DenseOperator
from resefa.solvers.matrix_free import Search, solve_matrix_free
from resefa.solvers.subspace import Form, Subspace
from resefa.solvers.trace_estimate import estimate, leave_one_out

M, N = 900, 120
WEIGHTS = torch.full((M,), 1 / M, dtype=torch.float64)


def probes(count: int, seed: int) -> torch.Tensor:
    signs = 2 * torch.randint(0, 2, (count, M), generator=torch.Generator().manual_seed(seed)) - 1
    return signs * WEIGHTS.sqrt()


def begun(j: torch.Tensor, seed: int, count: int = 12) -> tuple[Subspace, torch.Tensor, torch.Tensor]:
    space = Subspace(DenseOperator(j))
    rows = space.adjoint(probes(count, seed))
    space.extend(rows)
    return space, rows, Form(space, WEIGHTS).matrix


def test_each_sample_is_that_of_a_probe_against_the_span_of_the_others() -> None:
    space, rows, form = begun(jacobian(M, N, 0.5, 0), 1)
    samples = leave_one_out(rows, slice(4, 12), space.basis, form)
    assert len(samples) == 8
    for i, sample in zip(range(4, 12), samples, strict=True):
        others = torch.linalg.qr(torch.cat([rows[:i], rows[i + 1 :]]).T).Q.T
        pushed = space.operator.apply(others)
        known = float((pushed.square() @ WEIGHTS).sum())
        rest = rows[i] - (rows[i] @ others.T) @ others
        assert float(sample) == pytest.approx(known + float(rest.square().sum()), rel=1e-9)


def test_probes_that_depend_on_others_give_no_samples() -> None:
    space, rows, form = begun(jacobian(M, N, 0.5, 0), 1)
    assert not len(leave_one_out(torch.cat([rows[:-1], rows[:1]]), slice(0, 12), space.basis, form))


@pytest.mark.parametrize("power", [0.4, 0.8])
def test_the_error_is_what_is_said_and_nothing_is_biased(power: float) -> None:
    j = jacobian(M, N, power, 3)
    true = float((j.square().sum(1) * WEIGHTS).sum())
    off, said = [], []
    for seed in range(60):
        space, rows, form = begun(j, 10 * seed)
        held = space.adjoint(probes(4, 10 * seed + 5))
        rest = (held - (held @ space.basis.T) @ space.basis).square().sum(1)
        found = estimate(float(form.diagonal().sum()), rest, leave_one_out(rows, slice(0, 12), space.basis, form))
        off.append(found.value / true - 1)
        said.append(found.error)
    off, said = np.array(off), np.array(said)
    assert abs(off.mean()) < 3 * off.std() / len(off) ** 0.5
    assert (np.abs(off) > said).sum() <= 4 and np.median(said) < 8 * np.median(np.abs(off))


def problem(
    seed: int, n: int = 200, power: float = 0.5
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    j = jacobian(M, n, power, seed)
    inside = torch.zeros(M, dtype=torch.float64)
    inside[:80] = 1
    return j, inside, (j.T * inside) @ j / 80, (j.T * (1 - inside)) @ j / (M - 80)


@pytest.mark.parametrize("tolerance", [0.01, 0.001])
def test_eigenvalues_are_within_the_tolerance_of_the_whole_problem(tolerance: float) -> None:
    beyond = 0
    for seed in range(8):
        j, inside, a, b = problem(seed)
        ridged = b + 1e-3 * b.trace() * torch.eye(len(b))
        true = scipy.linalg.eigh(a.numpy(), ridged.numpy(), eigvals_only=True)[::-1][:4]
        solution = solve_matrix_free(
            Subspace(DenseOperator(j)), inside, 1 - inside, k=4, search=Search(tolerance=tolerance, seed=seed)
        )
        assert solution.certificate.met
        beyond += (np.abs(solution.eigenvalues.numpy() / true - 1) > tolerance).any()
    assert beyond <= 1


def test_a_ridge_that_products_do_not_suffice_for_is_said() -> None:
    j, inside, *_ = problem(0)
    search = Search(tolerance=0.001, max_products=150)
    solution = solve_matrix_free(Subspace(DenseOperator(j)), inside, 1 - inside, k=4, search=search)
    certificate = solution.certificate
    assert certificate.products <= 150 and not certificate.met
    assert max(certificate.ridge_errors) > 0.001 and "estimated ridge" in certificate.sentence()


def test_a_tight_tolerance_takes_the_trace_exactly() -> None:
    j, inside, _, b = problem(1)
    space = Subspace(DenseOperator(j))
    solution = solve_matrix_free(space, inside, 1 - inside, k=2, search=Search(tolerance=1e-4))
    assert solution.certificate.ridge == pytest.approx(1e-3 * float(b.trace()), rel=1e-9)
    assert max(solution.certificate.ridge_errors) == 0 and len(space) == 200
    assert solution.certificate.products < 2 * 200 + 50


def test_no_percentage_above_a_hundred_and_no_pair_of_rounding() -> None:
    j, _, *_ = problem(0, n=60)
    inside = torch.zeros(M, dtype=torch.float64)
    inside[:3] = 1
    solution = solve_matrix_free(Subspace(DenseOperator(j)), inside, 1 - inside, k=6)
    assert len(solution.eigenvalues) == len(solution.certificate.gaps) == 3 and solution.certificate.met
    rough = solve_matrix_free(Subspace(DenseOperator(j)), 1 - inside, inside, k=6, search=Search(max_products=45))
    percents = [float(word.rstrip("%,;")) for word in rough.certificate.sentence().split() if "%" in word]
    assert percents and max(percents) <= 100

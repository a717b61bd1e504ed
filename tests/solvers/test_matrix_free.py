"""The matrix-free solver against the whole problem: quotients, certificate, products, further regions."""

from __future__ import annotations

from math import isnan

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from solvers.falling_spectra import jacobian
from torch import Tensor

from resefa.errors import SolverError
from resefa.jacobian.gram_matrices import gram_of_rows
from resefa.jacobian.linear_operator import DenseOperator
from resefa.jacobian.stacked import StackedOperator
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.davidson import HELD_OUT
from resefa.solvers.matrix_free import Search
from resefa.solvers.matrix_free import solve_matrix_free as search_from
from resefa.solvers.solution import Solution
from resefa.solvers.subspace import Form, Subspace


def solve_matrix_free(operator, inside, outside, *, subspace=None, **options) -> tuple[Solution, Subspace]:
    """The solution, and the subspace that was searched."""
    subspace = Subspace(operator) if subspace is None else subspace
    return search_from(subspace, inside, outside, **options), subspace


class Counted(DenseOperator):
    forward = reverse = 0

    def apply(self, vectors: Tensor) -> Tensor:
        self.forward += len(vectors)
        return super().apply(vectors)

    def adjoint(self, covectors: Tensor) -> Tensor:
        self.reverse += len(covectors)
        return super().adjoint(covectors)


def parts(m: int, inside: int) -> tuple[Tensor, Tensor]:
    weights = torch.zeros(m)
    weights[:inside] = 1
    return weights, 1 - weights


def true_quotients(j: Tensor, weights: tuple[Tensor, Tensor], k: int, vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Those of the best directions, and those of ``vectors``, in the whole problem."""
    a, b = (gram_of_rows(j, part).mean for part in weights)
    best = solve_cholesky(a, b, k=k)
    below = ((vectors @ b) * vectors).sum(1) + best.certificate.ridge
    return best.eigenvalues, ((vectors @ a) * vectors).sum(1) / below


@example(n=97, power=0.75, seed=0)  # three residuals are open where one dimension is left
@example(n=134, power=0.828125, seed=5061)  # the next quotient of the subspace is far below that of the whole problem
@given(n=st.integers(40, 200), power=st.floats(0.7, 2.0), seed=st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_quotients_are_within_the_tolerance_of_the_whole_problem(n: int, power: float, seed: int) -> None:
    j, weights = jacobian(900, n, power, seed), parts(900, 90)
    solution, _ = solve_matrix_free(DenseOperator(j), *weights, k=4)
    best, found = true_quotients(j, weights, 4, solution.vectors)
    assert solution.certificate.met
    # 1 % of tolerance, and the ridge rests on an estimate of the trace.
    assert ((found - best).abs() <= 0.02 * best).all()
    assert torch.allclose(solution.vectors.norm(dim=1), torch.ones(4, dtype=torch.float64))


def test_far_fewer_products_than_dimensions() -> None:
    operator = Counted(jacobian(1200, 800, 1.0, 0, torch.float32))
    weights = parts(1200, 80)
    solution, _ = solve_matrix_free(operator, *weights, k=8)
    certificate = solution.certificate
    assert certificate.met and certificate.products < 300
    assert (operator.forward, operator.reverse) == (certificate.forward, certificate.reverse)
    best, found = true_quotients(operator.matrix, weights, 8, solution.vectors)
    assert (found >= 0.98 * best).all()


def test_a_stricter_tolerance_comes_closer() -> None:
    j, weights = jacobian(900, 400, 0.6, 3), parts(900, 80)
    gaps = []
    for tolerance in (0.3, 0.001):
        solution, _ = solve_matrix_free(DenseOperator(j), *weights, k=6, search=Search(tolerance=tolerance, outside=24))
        best, found = true_quotients(j, weights, 6, solution.vectors)
        gaps.append(float((1 - found / best).max()))
        assert solution.certificate.met
    assert gaps[1] < gaps[0] / 5


def test_a_second_region_starts_from_what_the_first_found() -> None:
    operator = Counted(jacobian(1500, 600, 1.0, 1))
    first, other = parts(1500, 100), parts(1500, 100)
    other = tuple(part.roll(350) for part in other)
    _, subspace = solve_matrix_free(operator, *first, k=8)
    before = operator.forward + operator.reverse
    again, _ = solve_matrix_free(operator, *first, k=8, subspace=subspace)
    second, _ = solve_matrix_free(operator, *other, k=8, subspace=subspace)
    assert again.certificate.products + second.certificate.products == operator.forward + operator.reverse - before
    assert second.certificate.products < 0.7 * before
    best, found = true_quotients(operator.matrix, other, 8, second.vectors)
    assert (found >= 0.98 * best).all()


def test_pairs_that_are_closed_are_not_measured_again_until_the_end() -> None:
    operator = Counted(jacobian(1200, 800, 1.0, 0))
    solution, subspace = solve_matrix_free(operator, *parts(1200, 80), k=16)
    sketch = 64
    measured, added = operator.reverse - sketch - 2 * HELD_OUT, len(subspace) - sketch
    # An added vector is the residual of an open pair; to those come the first round's sixteen and the last one's.
    assert measured <= added + 16 + 16
    assert operator.forward == len(subspace)
    assert solution.certificate.met and not any(map(isnan, solution.certificate.gaps))


def test_held_out_probes_stay_out_and_judge_fairly() -> None:
    off = []
    for seed in range(8):
        j, weights = jacobian(1500, 300, 0.8, seed), parts(1500, 150)
        other = tuple(part.roll(100) for part in weights)
        _, space = solve_matrix_free(DenseOperator(j), *weights, k=4, search=Search(tolerance=0.05))
        # A second search must draw other probes: those that made the subspace lie in it, and would say that it holds all.
        second, space = solve_matrix_free(DenseOperator(j), *other, k=4, search=Search(tolerance=0.05), subspace=space)
        b = gram_of_rows(j, other[1]).mean
        held = float((space.basis @ b * space.basis).sum() / b.trace())
        off.append(second.certificate.outside - held)
        assert held < 0.97
    assert abs(sum(off) / len(off)) < 0.03 and max(map(abs, off)) < 0.15


def test_the_whole_space_gives_the_whole_problem() -> None:
    j, weights = jacobian(400, 30, 0.2, 5), parts(400, 40)
    solution, subspace = solve_matrix_free(DenseOperator(j), *weights, k=5, search=Search(tolerance=1e-12))
    assert len(subspace) == 30
    best, found = true_quotients(j, weights, 5, solution.vectors)
    assert torch.allclose(found, best, rtol=1e-9)
    assert torch.allclose(solution.eigenvalues, best, rtol=1e-9)


def test_forms_are_the_gram_matrices_on_the_subspace() -> None:
    j, weights = jacobian(200, 50, 1.0, 6), parts(200, 30)
    space = Subspace(DenseOperator(j))
    form = Form(space, weights[0].double())
    random = torch.Generator().manual_seed(0)
    for _ in range(3):  # grows, and what was known is kept
        space.extend(torch.randn(4, 50, generator=random, dtype=torch.float64))
        v = space.basis
        assert torch.allclose(v @ v.T, torch.eye(len(v), dtype=torch.float64), atol=1e-12)
        assert torch.allclose(form.matrix, v @ gram_of_rows(j, weights[0]).total @ v.T, atol=1e-12)


def test_vectors_that_add_nothing_are_dropped() -> None:
    space = Subspace(DenseOperator(jacobian(100, 20, 1.0, 0)))
    rows = torch.eye(20, dtype=torch.float64)[:3]
    assert len(space.extend(rows)) == 3
    assert len(space.extend(rows[:2] + rows[1:])) == 0
    assert len(space) == 3


def test_images_one_below_the_other() -> None:
    j, weights = jacobian(600, 80, 1.0, 8), parts(600, 60)
    both = StackedOperator([DenseOperator(j[:250]), DenseOperator(j[250:])])
    stacked, _ = solve_matrix_free(both, *weights, k=3)
    whole, _ = solve_matrix_free(DenseOperator(j), *weights, k=3)
    assert torch.allclose(stacked.vectors, whole.vectors, atol=1e-9)
    assert torch.equal(both.dense(), j)


def test_products_and_memory_are_bounds() -> None:
    j, weights = jacobian(900, 400, 0.6, 3), parts(900, 80)
    short, _ = solve_matrix_free(DenseOperator(j), *weights, k=6, search=Search(tolerance=1e-4, max_products=150))
    assert short.certificate.products <= 150
    assert not short.certificate.met and "0.0001 not met" in short.certificate.sentence()
    width = 8 * (400 + 900)
    small, space = solve_matrix_free(DenseOperator(j), *weights, k=6, search=Search(tolerance=1e-4, memory=60 * width))
    assert len(space) <= 60 and not small.certificate.met
    with pytest.raises(SolverError, match="at least 14"):
        solve_matrix_free(DenseOperator(j), *weights, k=6, search=Search(memory=10 * width))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"tau": 0.0}, "tau=0 .*matrix-free solver"), ({"search": Search(tolerance=0)}, "tolerance")],
)
def test_what_cannot_be_is_said(options: dict, message: str) -> None:
    with pytest.raises(SolverError, match=message):
        solve_matrix_free(DenseOperator(jacobian(50, 10, 1.0, 0)), *parts(50, 5), k=2, **options)


def test_a_part_without_change_or_pixels_is_said() -> None:
    j = jacobian(50, 10, 1.0, 0)
    j[5:] = 0
    with pytest.raises(SolverError, match="outside the region"):
        solve_matrix_free(DenseOperator(j), *parts(50, 5), k=2)
    with pytest.raises(SolverError, match="inside the region"):
        solve_matrix_free(DenseOperator(j), parts(50, 5)[1], parts(50, 5)[0], k=2)
    with pytest.raises(SolverError, match="empty"):
        solve_matrix_free(DenseOperator(j), *parts(50, 0), k=2)

"""Derivatives along directions: those that a search found follow from its subspace, without a further product."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa.discovery.problem import EditSpace, RegionProblem
from resefa.jacobian.operator import JacobianOperator
from resefa.refinement.first_order import derivatives
from resefa.solvers.matrix_free import MatrixFree


@pytest.fixture
def products(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of JVPs, one entry for each call."""
    counts: list[int] = []
    plain = JacobianOperator.apply

    def counted(operator: JacobianOperator, vectors: torch.Tensor) -> torch.Tensor:
        counts.append(len(vectors))
        return plain(operator, vectors)

    monkeypatch.setattr(JacobianOperator, "apply", counted)
    return counts


def problem_of(seeds: list[int]) -> RegionProblem:
    generator = resefa.load("toon-faces-64")
    return RegionProblem(
        generator, generator.sample(seeds), resefa.Region.box(40, 20, 12, 24), EditSpace(space="W+"), resefa.Session()
    )


@pytest.mark.parametrize("seeds", [[3], [3, 4]])
def test_directions_of_a_search_need_no_product(seeds: list[int], products: list[int]) -> None:
    problem = problem_of(seeds)
    found = MatrixFree(tolerance=0.2).solve(problem, 3).vectors
    products.clear()
    known = [(start, changes) for start, changes, _ in derivatives(problem, found)]
    assert products == []
    fresh = [(start, changes) for start, changes, _ in derivatives(problem_of(seeds), found)]
    assert len(products) == len(seeds)
    assert [start for start, _ in known] == [start for start, _ in fresh]
    for (_, a), (_, b) in zip(known, fresh, strict=True):
        assert a.shape == b.shape
        assert float((a - b).norm() / b.norm()) < 1e-4


def test_other_directions_take_products(products: list[int]) -> None:
    problem = problem_of([3])
    found = MatrixFree(tolerance=0.2).solve(problem, 2).vectors
    other = torch.nn.functional.normalize(
        found[:1] + 1e-3 * torch.nn.functional.normalize(torch.randn(found[:1].shape, dtype=found.dtype))
    )
    products.clear()
    ((_, changes, _),) = derivatives(problem, other)
    ((_, exact, _),) = derivatives(problem_of([3]), other)
    assert products == [1, 1]
    assert torch.equal(changes, exact)

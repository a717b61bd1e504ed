"""Distinct directions: no two change the region alike, and every figure is that of the original problem."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa import solvers
from resefa.directions import shown
from resefa.errors import SolverError, UsageError
from resefa.methods import ReSeFa
from resefa.methods.ranked import rates_of
from resefa.refinement.distinct import correlations, deflated, merged
from resefa.refinement.searched_space import searched_space

N = 6


class Curved:
    """An image in which the first two dimensions move different pixels at first, and the same pixels at larger strengths."""

    def __call__(self, z):
        z = z.double()
        bend = 0.8 * torch.tanh(4 * z[:, :2]).square()
        inside = torch.stack(
            [0.2 * z[:, 0], 0.18 * z[:, 1], bend.sum(1), 0.15 * z[:, 2], 0.12 * z[:, 3], 0 * z[:, 0]], 1
        )
        outside = 0.04 * z[:, :6]
        return torch.cat([inside, outside], 1).reshape(-1, 1, 2, 6)


@pytest.fixture(scope="module")
def generator():
    return resefa.wrap(Curved(), N, dtype="float64", output_range=(-1, 1))


@pytest.fixture(scope="module")
def problem(generator):
    code = resefa.LatentCode(torch.zeros(1, N, dtype=torch.float64), "Z")
    return resefa.RegionProblem(generator, code, resefa.Region.box(0, 0, 1, 6))


@pytest.fixture(scope="module")
def mouth(toons):
    return resefa.RegionProblem(toons, toons.convert(toons.sample(0), "W"), "mouth")


def off_diagonal(matrix):
    return matrix[torch.tril_indices(len(matrix), len(matrix), -1).unbind()]


def test_two_eigenvectors_that_end_in_the_same_image_become_one_edit(problem):
    plain = ReSeFa().find(problem, 2)
    assert correlations(problem, plain)[0, 1] > 0.9
    found = deflated(problem, plain, 2)
    assert len(found) == 2 and correlations(problem, found)[0, 1] <= 0.7
    assert found.facts[0].near is None and found.facts[1].near == pytest.approx(
        float(correlations(problem, found)[0, 1])
    )
    kept = merged(problem, plain)
    assert len(kept) == 1 and "1 near-duplicates" in kept.status


def test_distinct_directions_of_a_head(mouth):
    plain = ReSeFa().find(mouth, 4)
    assert off_diagonal(correlations(mouth, plain)).max() > 0.7
    found = deflated(mouth, plain, 3)
    assert len(found) == 3 and off_diagonal(correlations(mouth, found)).max() <= 0.7
    # The best direction is that of the plain problem; nothing beats the eigenvalues.
    assert abs(float(found.vectors[0] @ plain.vectors[0])) > 1 - 1e-5
    assert (found.eigenvalues <= plain.eigenvalues[:3] * (1 + 1e-6)).all()
    # Quotients and rates are those of the original problem.
    a, b = mouth.gram_matrices()
    vectors = found.vectors.double()
    inside, outside = ((vectors @ gram * vectors).sum(1) for gram in (a, b))
    torch.testing.assert_close(found.inside_rate, inside, rtol=1e-4, atol=0)
    torch.testing.assert_close(found.outside_rate, outside, rtol=1e-4, atol=0)
    torch.testing.assert_close(found.eigenvalues, inside / (outside + found.certificate.ridge), rtol=1e-4, atol=0)
    assert found.certificate.residuals == () and found.certificate.ridge == plain.certificate.ridge
    assert "3 distinct directions" in found.status
    assert "largest correlation with a better direction" in "\n".join(shown.lines(found))


def test_the_searched_space_is_a_basis_in_which_a_is_diagonal(mouth):
    found = ReSeFa().find(mouth, 3)
    space = searched_space(mouth, found, 16)
    torch.testing.assert_close(space.values[:3], found.eigenvalues)
    torch.testing.assert_close(space.rows @ space.rows.T, torch.diag(space.values), atol=1e-4, rtol=0)
    assert 0 < space.bound <= float(space.values[-1])


def test_a_search_by_products_is_deflated_on_its_subspace(mouth):
    found = ReSeFa(solvers.MatrixFree(tolerance=0.05)).find(mouth, 2)
    result = deflated(mouth, found, 2)
    assert off_diagonal(correlations(mouth, result)).max() <= 0.7
    assert "of the search for the eigenvectors" in result.status
    inside, outside, _ = rates_of(mouth, result.vectors)
    torch.testing.assert_close(result.inside_rate, inside, rtol=1e-3, atol=0)
    torch.testing.assert_close(result.outside_rate, outside, rtol=1e-3, atol=0)


def test_the_basis_of_several_images_weighs_them_as_the_gram_matrices_do(generator, problem):
    codes = resefa.LatentCode(torch.linspace(-0.3, 0.3, 3 * N, dtype=torch.float64).reshape(3, N), "Z")
    several = problem.with_codes(codes)
    space = searched_space(several, ReSeFa().find(several, 2), 4)
    torch.testing.assert_close(space.rows @ space.rows.T, torch.diag(space.values), atol=1e-8, rtol=0)


def test_discover_takes_the_word_or_a_number(generator, problem):
    options = {"k": 2, "cache": problem.session.cache}
    code, region = problem.code, problem.region
    assert len(resefa.discover(generator, code, region, distinct=True, **options)) == 2
    near = [one.facts.near for one in resefa.discover(generator, code, region, distinct=0.3, **options)]
    assert near[0] is None and all(value <= 0.3 for value in near[1:])
    assert len(resefa.discover(generator, code, region, distinct=True, method="random", k=3)) >= 1
    for wrong in (1.5, 0.0, "yes"):
        with pytest.raises(UsageError, match="distinct"):
            resefa.discover(generator, code, region, distinct=wrong, **options)


def test_directions_of_another_method_cannot_be_deflated(generator, problem):
    found = resefa.discover(generator, problem.code, problem.region, k=2, method="random")
    with pytest.raises(SolverError, match="no eigenproblem"):
        deflated(problem, found, 2)

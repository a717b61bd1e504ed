"""Sums over several images in which every image counts the same, in each form of the problem and for sums that merge."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa import solvers
from resefa.discovery import EditSpace, RegionGrams, summed
from resefa.errors import UsageError

SEEDS = [0, 1, 2]


def fresh():
    return resefa.Session(cache=resefa.JacobianCache())


@pytest.fixture(scope="module")
def code(style):
    return style.sample(SEEDS, "W")


def problem_of(style, region, code, weighting="normalised"):
    return resefa.RegionProblem(style, code, region, EditSpace(weighting=weighting), fresh())


def test_each_matrix_counts_with_the_inverse_of_its_trace(style, region, code):
    singles = [problem_of(style, region, one).gram_matrices() for one in code]
    for found, each in zip(problem_of(style, region, code).gram_matrices(), zip(*singles, strict=True), strict=True):
        weights = torch.tensor([1 / float(gram.trace()) for gram in each], dtype=torch.float64)
        expected = sum(weight * gram for weight, gram in zip(weights, each, strict=True)) / weights.sum()
        assert torch.allclose(found, expected, rtol=1e-10, atol=1e-14)


def test_one_image_has_the_same_matrices_in_either_weighting(style, region, code):
    a, b = (problem_of(style, region, code[:1], weighting).gram_matrices() for weighting in ("normalised", "plain"))
    assert torch.equal(a[0], b[0]) and torch.equal(a[1], b[1])


def test_factors_and_row_weights_are_those_of_the_sums(style, region, code):
    problem = problem_of(style, region, code)
    factors, grams = problem.factors(), problem.gram_matrices()
    jacobian = problem.operator().dense().double()
    for factor, gram, weights in zip(factors, grams, problem.weights(), strict=True):
        assert torch.allclose(factor.T @ factor, gram, rtol=1e-9, atol=1e-13)
        assert torch.allclose(jacobian.T @ (weights[:, None] * jacobian) / weights.sum(), gram, rtol=1e-6, atol=1e-10)


def test_a_search_by_products_estimates_the_traces(style, region, code):
    exact, search = problem_of(style, region, code), problem_of(style, region, code)
    estimated = torch.tensor(search.image_scales)
    exact.gram_sums()
    assert search._sums is None and float((estimated / torch.tensor(exact.image_scales)).min()) > 0.5
    found = solvers.MatrixFree(tolerance=1e-6).solve(search, 1).vectors
    assert float((found @ solvers.Cholesky().solve(exact, 1).vectors.T).abs()) > 0.99


def test_traces_are_exact_on_the_whole_space_and_within_their_error_on_a_part(style, region, code):
    exact, search = problem_of(style, region, code), problem_of(style, region, code)
    exact.gram_sums()
    wanted = 1 / torch.tensor(exact.image_scales, dtype=torch.float64)
    random = torch.Generator().manual_seed(1)
    with search.subspace() as subspace:
        subspace.extend(torch.randn(4, search.dimensions, generator=random, dtype=torch.float64))
    traces = search.weigh_images(48)
    errors = 3 * traces.deviations.std(0) / traces.probes**0.5
    assert traces.probes == 64 and traces.drawn == 64
    assert ((traces.values / wanted - 1).abs() < errors).all()
    with search.subspace() as subspace:
        subspace.extend(torch.eye(search.dimensions, dtype=torch.float64))
    whole = search.weigh_images()
    assert torch.allclose(whole.values, wanted, rtol=1e-5) and whole.drawn == 0
    assert whole.errors_of_quotients(torch.randn(2, search.operator().shape[0], dtype=torch.float64), 1e-3) == (
        0.0,
        0.0,
    )


def test_the_certificate_of_several_images_counts_the_error_of_their_weights(style, region):
    """Beyond the error of the weights, quotients agree with those of the exact traces; the probes are among the products."""
    code = style.sample([0, 1, 2], "S")
    options = {"k": 2, "solver": "matrix-free", "tolerance": 0.05}
    dense = resefa.discover(style, code, region, k=2, solver="cholesky", cache=resefa.JacobianCache())
    found = resefa.discover(style, code, region, cache=resefa.JacobianCache(), **options)
    certificate = found.certificate
    assert certificate.met and len(certificate.weight_errors) == 2
    for error, gap, ridge, ratio in zip(
        certificate.weight_errors,
        certificate.gaps,
        certificate.ridge_errors,
        found.eigenvalues / dense.eigenvalues,
        strict=True,
    ):
        assert abs(float(ratio) - 1) <= error + gap + ridge
    assert max(certificate.weight_errors) <= 5 * 0.05
    assert (
        resefa.discover(style, code[:1], region, cache=resefa.JacobianCache(), **options).certificate.weight_errors
        is None
    )


def test_too_few_products_for_several_images_are_refused(style, region, code):
    with pytest.raises(UsageError, match="several images; give at least"):
        resefa.discover(style, code, region, k=2, solver="matrix-free", max_products=30)


def test_sums_of_single_images_merge_to_the_sums_of_all(style, region, code):
    parts = [RegionGrams.of(style, one, region) for one in code]
    whole = RegionGrams.of(style, code, region)
    for merged in (summed(parts), parts[0] + (parts[1] + parts[2])):
        for found, expected in zip(merged.sums.means(), whole.sums.means(), strict=True):
            assert torch.allclose(found, expected, rtol=1e-10, atol=1e-14)
        assert merged.directions(k=2).provenance.weighting == "normalised"
    with pytest.raises(UsageError, match="weighting"):
        parts[0] + RegionGrams.of(style, code[1:], region, weighting="plain")


def test_the_weighting_is_part_of_the_provenance_of_several_images(style, region, code, tmp_path):
    found = resefa.discover(style, code, region, k=1, weighting="plain")
    found.save(tmp_path / "plain.safetensors")
    assert resefa.Directions.load(tmp_path / "plain.safetensors").provenance.weighting == "plain"
    assert resefa.discover(style, code[:1], region, k=1).provenance.weighting is None
    with pytest.raises(UsageError, match=r"weighting.*mean.*normalised"):
        resefa.discover(style, code, region, weighting="mean")

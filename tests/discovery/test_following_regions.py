"""A region that follows the image gives each image its own weights, in every form of the problem."""

from __future__ import annotations

import pytest
import torch
from reference.blob import ColourSegmenter, blob, blob_generator, disc_mask

import resefa
from resefa import solvers
from resefa.discovery import EditSpace
from resefa.errors import RegionError, SolverError
from resefa.jacobian.gram_matrices import value_weights
from resefa.methods.ranked import rates_of

SEEDS = [0, 1, 2]
BLOB = resefa.Region.part("blob")


@pytest.fixture(scope="module")
def generator():
    return blob_generator()


@pytest.fixture
def problem(generator):
    plain = EditSpace(weighting="plain")
    return resefa.RegionProblem(generator, generator.sample(SEEDS), BLOB, plain, session=fresh())


def fresh(**options):
    return resefa.Session(cache=resefa.JacobianCache(), **options)


def masked(generator, code, session=None):
    """The problem on the image of one code with the disc as a fixed mask."""
    region = resefa.Region.mask(disc_mask(code))
    return resefa.RegionProblem(generator, code, region, session=session or fresh())


def relative(found, expected):
    return float((found - expected).norm() / expected.norm())


def test_sums_of_many_images_are_those_of_single_images_with_fixed_masks(generator, problem):
    sums = [masked(generator, code).gram_sums() for code in problem.code]
    for gram, *singles in zip(problem.gram_sums().grams, *(one.grams for one in sums), strict=True):
        assert relative(gram.total, sum(one.total for one in singles)) < 1e-12
        assert gram.weight == pytest.approx(sum(one.weight for one in singles), rel=1e-14)
    masks = torch.stack([disc_mask(code) for code in problem.code]).double()
    assert len({mask.numpy().tobytes() for mask in masks}) == len(SEEDS)  # the blob moves
    assert torch.equal(problem.region_weights.edit, masks.sum(0) / len(SEEDS))


def test_factors_operator_and_rates_have_the_weights_of_each_image(problem):
    a, b = problem.gram_matrices()
    for factor, gram in zip(problem.factors(), (a, b), strict=True):
        assert relative(factor.T @ factor, gram) < 1e-12
    jacobian = problem.operator().dense()
    for weights, gram in zip(problem.weights(), (a, b), strict=True):
        assert relative(jacobian.T @ (weights[:, None] * jacobian) / weights.sum(), gram) < 1e-12
    for rates, gram in zip(rates_of(problem, torch.eye(8, dtype=torch.float64)), (a, b), strict=False):
        assert torch.allclose(rates, gram.diagonal(), rtol=1e-12)


@pytest.mark.parametrize(
    "solver", [solvers.Woodbury(), solvers.MatrixFree(tolerance=1e-10), solvers.Prepared()], ids=lambda one: one.name
)
def test_every_solver_finds_the_same_eigenvalues(problem, solver):
    exact = solvers.Cholesky().solve(problem, 3).eigenvalues
    assert torch.allclose(solver.solve(problem, 3).eigenvalues, exact, rtol=1e-6)


def test_streamed_sums_are_those_of_stored_jacobians(generator, problem):
    size = 3 * 24 * 24 * 8 * 8
    streamed = resefa.RegionProblem(generator, problem.code, BLOB, problem.edit, session=fresh(memory=size * 3 // 4))
    assert streamed.gram_sums().note
    for found, expected in zip(streamed.gram_matrices(), problem.gram_matrices(), strict=True):
        assert relative(found, expected) < 1e-12


@pytest.mark.parametrize(
    "method, options", [("lowrankgan", {"sparsity": 2.0, "relaxation": 4}), ("jacobian-svd", {}), ("random", {})]
)
def test_methods_take_the_region(generator, method, options):
    found = resefa.discover(generator, generator.sample(SEEDS), "part:blob", k=2, method=method, **options)
    assert found.provenance.region == "part:blob" and found.provenance.segmenter == "by colour"


@pytest.mark.parametrize(
    "method, options",
    [("stylespace", {"probes": 2, "candidates": 2}), ("random", {}), ("resefa", {"solver": "woodbury"})],
)
def test_parts_at_one_place_give_the_numbers_of_a_fixed_mask(style, method, options):
    style = style.under(noise="none")
    style.segmenter = Ring()
    code, found = style.sample([0, 1], "W"), []
    for region in ("part:ring", resefa.Region.mask(Ring.labels(style.resolution).bool())):
        found.append(
            resefa.discover(style, code, region, k=2, method=method, analysis_resolution=4, session=fresh(), **options)
        )
    assert torch.equal(found[0].vectors, found[1].vectors) and torch.equal(found[0].inside_rate, found[1].inside_rate)


class Ring:
    names, fingerprint = ("rest", "ring"), "a ring"

    @staticmethod
    def labels(size):
        labels = torch.zeros(size, dtype=torch.long)
        labels[4:-4, 4:-4] = 1
        return labels

    def __call__(self, images):
        return self.labels(images.shape[-2:]).expand(len(images), -1, -1)


class Brightness:
    names, fingerprint = ("dark", "bright"), "by brightness"

    def __call__(self, images):
        grey = images.mean(1)
        return (grey > grey.mean((1, 2), keepdim=True)).long()


def test_parts_are_marked_on_the_image_under_the_conditions(style):
    style = style.under(truncation=0.5)
    style.segmenter = Brightness()
    code = style.sample(3)
    problem = resefa.RegionProblem(style, code, "part:bright")
    assert torch.equal(problem.region_weights.edit, Brightness()(style.synthesize(code))[0].double())
    plain = Brightness()(style.under(truncation=1.0).synthesize(code))[0].double()
    assert not torch.equal(problem.region_weights.edit, plain)


def test_the_analysis_resolution_averages_the_weights_of_the_whole_image(generator):
    code = generator.sample(1)
    problem = resefa.RegionProblem(generator, code, BLOB, EditSpace(analysis_resolution=8))
    ((edit, protect),) = problem.parts()
    expected = torch.nn.functional.avg_pool2d(disc_mask(code).double()[None], 3)[0]
    assert torch.allclose(edit, expected) and torch.allclose(protect, 1 - expected)


def test_sums_of_several_processes_merge_and_images_are_labelled_once(tmp_path):
    segmenter = ColourSegmenter()
    generator = blob_generator(segmenter=segmenter)
    one, two = (resefa.RegionGrams.of(generator, generator.sample(seeds), BLOB) for seeds in ([0, 1], [2]))
    one.save(tmp_path / "one.safetensors")
    again = resefa.RegionGrams.load(tmp_path / "one.safetensors", generator, BLOB)
    assert segmenter.images == 3
    both, all_at_once = again + two, resefa.RegionGrams.of(generator, generator.sample(SEEDS), BLOB)
    for found, expected in zip(both.sums.means(), all_at_once.sums.means(), strict=True):
        assert relative(found, expected) < 1e-12
    other = blob_generator(segmenter=ColourSegmenter("another"))
    with pytest.raises(SolverError, match="region pixels"):
        resefa.RegionGrams.load(tmp_path / "one.safetensors", other, BLOB)


def test_refusals_name_the_remedy_and_the_image(generator):
    bare = resefa.wrap(blob, 8, dtype=torch.float64)
    with pytest.raises(RegionError, match="part:blob follows the image, but blob has no segmenter"):
        resefa.RegionProblem(bare, bare.sample(0), BLOB)
    code = generator.sample(range(8))
    bare_headed = next(seed for seed in range(8) if float(code.values[seed, 7]) < 0)
    with pytest.raises(RegionError, match=f"the image of seed {bare_headed}, which has no hat"):
        resefa.discover(generator, code, resefa.Region.part("hat"))


def test_the_jacobian_is_shared_with_fixed_regions(generator):
    session = fresh()
    code = generator.sample(0)
    first = resefa.discover(generator, code, BLOB, k=2, session=session)
    second = resefa.discover(generator, code, resefa.Region.mask(disc_mask(code)), k=2, session=session)
    assert torch.equal(first.vectors, second.vectors) and torch.equal(first.eigenvalues, second.eigenvalues)
    assert second.provenance.segmenter is None and torch.equal(first.edit, second.edit)


def test_weights_of_values_are_stacked_in_the_order_of_the_images(problem):
    inside, _ = problem.weights()
    expected = torch.cat([value_weights(disc_mask(code).double(), 3) for code in problem.code])
    assert torch.equal(inside, expected)

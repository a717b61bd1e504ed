"""Objectives made of terms: weights, scales, the paper's pair, agreement with finite differences, refusals."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

import resefa
from resefa.discovery import EditSpace, Pixels, RegionProblem, Term, VaryHold, vary_hold
from resefa.discovery.image_jacobian import image_jacobian
from resefa.discovery.objectives.feature import luminance_and_chroma
from resefa.discovery.objectives.row_weights import row_energies
from resefa.errors import RegionError, UsageError
from resefa.jacobian.linear_operator import DenseOperator

REGION = resefa.Region.box(0, 0, 4, 4)


def painter(scale: float = 1.0):
    """Four numbers: brightness inside and outside the box, blue against red inside and outside."""

    def paint(z):
        inside = torch.zeros(8, 8, dtype=z.dtype)
        inside[:4, :4] = 1
        outside = 1 - inside
        light = z[:, 0, None, None] * inside + z[:, 1, None, None] * outside
        tint = z[:, 2, None, None] * inside + z[:, 3, None, None] * outside
        # Red, green and blue of which the luminance 0.299 R + 0.587 G + 0.114 B does not change with the tint.
        colour = torch.tensor([-0.114, 0.0, 0.299], dtype=z.dtype)[None, :, None, None]
        return (light[:, None] + colour * tint[:, None]) * scale / 16

    return resefa.wrap(paint, 4, dtype="float64", output_range=(-1, 1))


def small_problem(vary=None, hold=None, region: str | resefa.Region = "mouth", seeds=3, cache=None):
    generator = resefa.load("toon-faces-64")
    edit = EditSpace(analysis_resolution=16, objective=vary_hold(vary, hold))
    session = resefa.Session(cache=resefa.JacobianCache() if cache is None else cache)
    return RegionProblem(generator, generator.sample(seeds, "Z"), region, edit, session)


@pytest.mark.parametrize(
    "pair", [{}, {"vary": "pixels"}, {"vary": ["pixels=3"]}, {"hold": ["pixels=0.2"]}, {"hold": "pixels@outside"}]
)
def test_the_papers_pair_is_the_default(pair):
    assert vary_hold(**pair) == Pixels()


@pytest.mark.parametrize(("vary", "hold", "axis"), [("luminance", "chroma", 0), ("chroma", "luminance", 2)])
def test_colour_without_shape_and_the_reverse(vary, hold, axis):
    generator = painter()
    found = resefa.discover(generator, generator.sample(0), REGION, k=1, vary=vary, hold=hold)
    assert torch.allclose(found.vectors.abs(), torch.eye(4)[axis : axis + 1], atol=1e-6)
    assert found.provenance.vary == (vary,) and found.provenance.hold == (hold, "pixels")
    assert f"varies {vary}, holds {hold} + pixels" in found.status


@pytest.mark.parametrize(
    "objective", [{"vary": "chroma", "hold": "luminance"}, {"vary": ["luminance", "low-frequencies:2=2"]}]
)
@pytest.mark.parametrize("solver", ["woodbury", "matrix-free", "prepared"])
def test_every_solver_takes_terms(style, objective, solver):
    code = style.sample([0, 1], "W")
    region = resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")
    options = {"k": 2, "cache": resefa.JacobianCache(), **objective}
    wanted = resefa.discover(style, code, region, solver="cholesky", **options)
    more = {"tolerance": 1e-8} if solver == "matrix-free" else {}
    found = resefa.discover(style, code, region, solver=solver, **options, **more)
    assert torch.allclose(found.eigenvalues, wanted.eigenvalues, rtol=1e-4)
    assert torch.allclose(found.inside_rate, wanted.inside_rate, rtol=1e-3)


def test_each_side_is_the_weighted_sum_of_gram_matrices_of_trace_one():
    # A space of at most PROBES dimensions: traces are exact.
    generator = painter()
    code, cache = generator.sample(0), resefa.JacobianCache()

    def gram(**terms):
        return RegionProblem(
            generator, code, REGION, EditSpace(objective=vary_hold(**terms)), resefa.Session(cache=cache)
        ).gram_matrices()

    def unit(matrix):
        return matrix / matrix.trace()

    a, b = gram(vary=["chroma=3", "luminance"], hold=["low-frequencies:2=0.5"])
    chroma, light = gram(vary="chroma")[0], gram(vary="luminance")[0]
    low = gram(hold=["low-frequencies:2", "pixels=0"])[1]
    assert torch.allclose(unit(a), (3 * unit(chroma) + unit(light)) / 4, atol=1e-12)
    assert torch.allclose(unit(b), (0.5 * unit(low) + unit(gram()[1])) / 1.5, atol=1e-12)


def test_directions_do_not_depend_on_the_scale_of_images_or_weights():
    terms = {"vary": ["chroma", "luminance=2"], "hold": ["high-frequencies:2", "pixels=3"]}
    wanted = resefa.discover(painter(), painter().sample(0), REGION, k=2, **terms)
    twice = {"vary": ["chroma=2", "luminance=4"], "hold": ["high-frequencies:2=5", "pixels=15"]}
    for generator, given in ((painter(0.01), terms), (painter(), twice)):
        found = resefa.discover(generator, generator.sample(0), REGION, k=2, **given)
        assert torch.allclose(found.vectors, wanted.vectors, atol=1e-6)
        assert torch.allclose(found.eigenvalues, wanted.eigenvalues, rtol=1e-9)


def test_the_joint_jacobian_agrees_with_finite_differences():
    problem = small_problem("low-frequencies:4", ["attributes:mouth,hair-colour,pose", "luminance"])
    (image,) = problem.images
    function, point = image.function()
    shapes = problem.objective.block_shapes((3, *problem.size))
    sizes = [math.prod(shape) for shape in shapes]
    assert shapes == [(1, 12, 1), (3, 16, 16), (3, 16, 16), (3, 16, 16)]
    directions = torch.randn(2, problem.dimensions, generator=torch.Generator().manual_seed(0))
    products = problem.operator().apply(directions)
    step = 5e-4
    for direction, product in zip(directions, products, strict=True):
        moved = (function(point + step * direction) - function(point - step * direction)).flatten() / (2 * step)
        for change, wanted in zip(moved.split(sizes), product.split(sizes), strict=True):
            assert float((change - wanted).norm() / wanted.norm()) < 0.05


def test_one_jacobian_serves_both_sides_and_every_region():
    generator, cache = painter(), resefa.JacobianCache()
    code = generator.sample(0)

    def discovered(region, **terms):
        resefa.discover(generator, code, region, k=1, cache=cache, **terms)

    for region in (REGION, "box:0,0,8,3"):
        discovered(region, vary="chroma", hold="luminance")
        discovered(region, vary="luminance", hold="chroma=2")
    # The Jacobians of the pixels and of the features, and the energies of its rows.
    assert len(cache) == 3
    discovered(REGION, hold="pixels@box:5,5,2,2")
    discovered(REGION)
    # Pixels alone share the Jacobian of the paper's pair.
    assert len(cache) == 4


def test_rates_of_single_terms_are_mean_squared_changes_of_their_features():
    generator = painter()
    code = generator.sample(0)
    found = resefa.discover(generator, code, REGION, k=1, vary="luminance")
    step = 1e-4
    images = resefa.edit(generator, code, found[0], [step, -step])[0]
    change = ((images[0] - images[1]) / (2 * step)).double()
    inside = luminance_and_chroma(change[None])[0, 0, :4, :4].square().mean()
    assert float(found.inside_rate[0]) == pytest.approx(float(inside), rel=1e-6)


def test_a_second_region_is_held_with_extra_weight():
    generator = painter()
    corner = "box:0,0,8,2"
    problem = RegionProblem(
        generator, generator.sample(0), REGION, EditSpace(objective=vary_hold(hold=f"pixels@{corner}=4"))
    )
    ((wanted, unwanted),) = problem.parts()
    assert torch.equal(wanted, problem.region_weights.edit)
    assert unwanted[4:, :2].unique().numel() == unwanted[4:, 2:].unique().numel() == 1
    assert float(unwanted[4, 0]) > 4 * float(unwanted[4, 4]) > 0
    # Held pixels are never those that are edited.
    assert not bool(unwanted[:4, :4].any())


def test_terms_follow_the_image_as_regions_do():
    problem = small_problem("chroma@part:hair", region="part:mouth", seeds=[3, 4])
    (first, _), (second, _) = problem.parts()
    assert first.shape == second.shape == (1, 2 * 3 * 16 * 16, 1)
    assert bool(first.any()) and not torch.equal(first, second)


def test_sums_over_images_add_up_and_are_read_again(tmp_path):
    generator = painter()
    options = {"objective": vary_hold("chroma", ["luminance=2", "attributes:mouth"])}
    one, two, both = (
        resefa.RegionGrams.of(generator, generator.sample(seed), REGION, **options) for seed in (0, 1, [0, 1])
    )
    one.save(tmp_path / "one.safetensors")
    added = resefa.RegionGrams.load(tmp_path / "one.safetensors", generator, REGION) + two
    assert torch.allclose(added.protect.mean, both.protect.mean, rtol=1e-9)
    with pytest.raises(UsageError, match="objective and vary and hold"):
        one + resefa.RegionGrams.of(generator, generator.sample(1), REGION)


def test_the_directions_file_stores_terms_that_can_be_read_again(tmp_path):
    generator = painter()
    found = resefa.discover(
        generator, generator.sample(0), REGION, k=1, vary="chroma=2", hold=["luminance@box:0,0,2,2=0.5"]
    )
    found.save(tmp_path / "a.safetensors")
    origin = resefa.Directions.load(tmp_path / "a.safetensors").provenance
    assert origin.objective == "vary and hold"
    again = vary_hold(origin.vary, origin.hold)
    assert again == vary_hold("chroma=2", ["luminance@box:0,0,2,2=0.5", "pixels"]) and isinstance(again, VaryHold)


def test_row_energies_are_exact_in_small_spaces_and_close_in_large():
    random = torch.Generator().manual_seed(1)
    small = torch.randn(7, 20, generator=random, dtype=torch.float64)
    assert torch.allclose(row_energies(DenseOperator(small)), small.square().sum(1))
    large = torch.randn(400, 300, generator=random, dtype=torch.float64)
    assert float(row_energies(DenseOperator(large)).sum() / large.square().sum()) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"vary": "chrome"}, "Unknown feature 'chrome'; did you mean 'chroma'"),
        ({"hold": "luminance=-1"}, "weight of luminance is -1"),
        ({"hold": "luminance=nan"}, "weight of luminance is nan"),
        ({"hold": "luminance=much"}, "'much'.*not a number"),
        ({"vary": "chroma=0"}, "vary has no term"),
        ({"vary": []}, "vary has no term"),
        ({"hold": "pixels=0"}, "hold has no term"),
        ({"vary": ["chroma", "chroma=2"]}, "chroma twice"),
        ({"vary": "luminance", "hold": "luminance"}, "both varied and held"),
        ({"vary": "chroma:3"}, "takes no argument"),
        ({"vary": "low-frequencies:0"}, "cutoff '0'"),
        ({"hold": "region:eyes"}, "write pixels@eyes"),
        ({"hold": "pixels@"}, "no region after @"),
        ({"hold": "attributes:nose"}, "Unknown attribute 'nose'"),
        ({"hold": "attributes"}, "needs names of attributes"),
        ({"hold": "attributes:hair@eyes"}, "takes no region"),
        ({"hold": "a b"}, "cannot be read"),
        ({"vary": 3}, "A term is 3"),
    ],
)  # fmt: skip
def test_impossible_terms(given, message):
    with pytest.raises(UsageError, match=message):
        vary_hold(**given)


def test_text_and_regions_of_terms():
    assert Term.parse("low-frequencies:12@eyes=0.5") == Term.parse(Term.parse("low-frequencies:12@eyes=0.5").text)
    generator = painter()
    edit = EditSpace(objective=vary_hold(hold="pixels@box:0,0,2,2"))
    with pytest.raises(RegionError, match="no pixel"):
        RegionProblem(generator, generator.sample(0), REGION, edit).weights()


def test_colour_needs_colour():
    grey = resefa.wrap(lambda z: z.reshape(-1, 1, 2, 2).tanh(), 4, dtype="float64")
    with pytest.raises(UsageError, match="luminance needs a colour image.*1 channel;"):
        resefa.discover(grey, grey.sample(0), resefa.Region.box(0, 0, 1, 1), vary="luminance")


def test_the_old_objectives_name_their_terms():
    generator = painter()
    with pytest.raises(UsageError, match="give vary='chroma' and hold='luminance'"):
        resefa.discover(generator, generator.sample(0), REGION, objective="chroma")
    with pytest.raises(UsageError, match="cannot be used together"):
        resefa.discover(generator, generator.sample(0), REGION, objective="pixels", vary="chroma")


def test_the_pixels_jacobian_serves_other_features_by_the_chain_rule():
    problem = small_problem("chroma", ["low-frequencies:4", "attributes:mouth"])
    chained = problem.jacobian()
    assert problem.session.cache.has(replace(next(iter(problem.images)), objective=Pixels()).key())
    direct = problem.operator().apply(torch.eye(problem.dimensions)[:5])
    assert torch.allclose(chained.matrix.T[:5], direct, atol=1e-4 * float(direct.abs().max()))


def test_a_stored_jacobian_of_lower_precision_passes_through_the_generator():
    problem = small_problem("chroma", "luminance")
    image = next(iter(problem.images))
    session = resefa.Session(stored="float16", cache=resefa.JacobianCache())
    found = image_jacobian(image, session).matrix
    # Columns of the pixels in float16 would be rounded twice.
    assert len(session.cache) == 1 and found.dtype == torch.float16
    wanted = problem.jacobian().matrix
    assert float((found - wanted).norm() / wanted.norm()) < 1e-3

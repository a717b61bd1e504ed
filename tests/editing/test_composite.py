"""Composites: the outside is the original bit for bit, no seam where the pictures agree, figures that say what was cut off."""

from __future__ import annotations

import math
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.blob import blob_generator, disc_mask
from reference.planted import REGION, planted_generator

import resefa
from resefa.editing import Composite
from resefa.errors import GeneratorError, RegionError, ResefaWarning, UsageError
from resefa.regions.weights import RegionWeights

SIZE = 24
NARROW = "box:2,4,3,3"
"""A part of an image of the planted generator, so small that most of a random edit lies outside."""
BOX = resefa.Region.box(6, 6, 12, 12)
KINDS = [
    Composite(),
    Composite(0, inset=0),
    Composite(3, blend="weights"),
    Composite(2.5, growth=2, inset=3),
    Composite(inset=0),
]


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def edges(image: torch.Tensor) -> torch.Tensor:
    return torch.cat([image.diff(dim=1).flatten(), image.diff(dim=2).flatten()])


@pytest.mark.parametrize("composite", KINDS)
def test_protected_pixels_are_the_original_bit_for_bit(composite):
    original, edited = noise(0, 3, SIZE, SIZE), noise(1, 2, 3, SIZE, SIZE)
    images = composite.of(original, edited, BOX).images
    far = BOX.grow(composite.growth).weights(SIZE, SIZE).edit == 0
    assert torch.equal(images[:, :, far], original.expand_as(images)[:, :, far])
    assert not torch.equal(images, original.expand_as(images))


@pytest.mark.parametrize("composite", KINDS)
@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16])
def test_no_edit_is_the_original(composite, kind):
    original = noise(2, 3, SIZE, SIZE).to(kind)
    images, (figures,) = composite.of(original, original.clone(), BOX)
    assert images.dtype == kind and torch.equal(images[0], original)
    assert (figures.cut, figures.cut_inside, figures.cut_outside, figures.jump) == (0, 0, 0, 0) and not figures.collage


@pytest.mark.parametrize("composite", KINDS)
def test_a_region_of_everything_is_the_edit(composite):
    everything = RegionWeights(torch.ones(SIZE, SIZE), torch.zeros(SIZE, SIZE))
    original, edited = noise(0, 3, SIZE, SIZE), noise(1, 3, SIZE, SIZE)
    images, (figures,) = composite.of(original, edited, everything)
    assert torch.equal(images[0], edited) and figures.cut == 0 and figures.jump < 1e-9


@pytest.mark.parametrize("composite", [*KINDS, Composite(4)])
def test_an_edit_deep_inside_the_region_is_shown_as_it_is(composite):
    original = noise(0, 3, 64, 64)
    edited = original.clone()
    edited[:, 28:36, 28:36] += 0.5
    images, (figures,) = composite.of(original, edited, resefa.Region.box(8, 8, 48, 48))
    assert torch.allclose(images[0], edited, atol=1e-6) and figures.cut < 1e-9
    assert figures.seam_change == 0 and figures.jump < 1e-6


@settings(max_examples=25, deadline=None)
@given(
    st.integers(3, 17), st.integers(3, 17), st.integers(0, 10), st.integers(0, 12), st.floats(0, 5), st.floats(0, 4),
    st.sampled_from(["gradients", "weights"]), st.integers(0, 99),
)  # fmt: skip
def test_shares_lie_between_0_and_1_and_the_outside_is_cut_off(height, width, top, left, feather, inset, blend, seed):
    rows, columns = 20, 23
    region = resefa.Region.ellipse(min(top, rows - height), min(left, columns - width), height, width)
    weights = region.weights(rows, columns)
    original, edited = noise(seed, 1, rows, columns), noise(seed + 100, 1, rows, columns)
    images, (figures,) = Composite(feather, inset=inset, blend=blend).of(original, edited, weights)
    for share in (figures.cut, figures.cut_inside, figures.cut_outside):
        assert 0 <= share <= 1
    assert math.isfinite(figures.jump) and figures.jump >= 0 and figures.seam_change > 0
    outside = weights.protect == 1
    assert torch.equal(images[0][:, outside], original[:, outside])


def test_soft_weights_limit_the_share_of_the_change():
    region = BOX.feather(3)
    weights = region.weights(SIZE, SIZE)
    original, edited = torch.zeros(1, SIZE, SIZE), torch.ones(1, SIZE, SIZE)
    images = Composite(0, inset=0).of(original, edited, region).images
    assert torch.all(images[0, 0] <= (1 - weights.protect).float() + 1e-6)
    assert torch.allclose(images[0, 0][weights.edit > 0.01], weights.edit[weights.edit > 0.01].float(), atol=1e-6)


def test_ignored_pixels_may_take_the_edit_and_protected_ones_never():
    region = BOX.ignoring(resefa.Region.box(0, 18, 24, 6))
    original, edited = torch.zeros(1, SIZE, SIZE), torch.ones(1, SIZE, SIZE)
    image = Composite(0, inset=0).of(original, edited, region).images[0, 0]
    assert image[:, 18:].eq(1).all() and image[6:18, 6:18].eq(1).all() and float(image.sum()) == 12 * 12 + 6 * 24


def test_the_seam_runs_where_the_pictures_agree():
    original = torch.zeros(1, 64, 64)
    edited = original.clone()
    edited[:, 24:40, 24:40] = 0.5  # the part, surrounded by a ring where the pictures agree
    edited[:, :14], edited[:, -14:], edited[:, :, :14], edited[:, :, -14:] = 1, 1, 1, 1
    region = resefa.Region.box(10, 10, 44, 44)
    at_edge = Composite(0, inset=0).of(original, edited, region)
    along_ring = Composite(0, inset=8).of(original, edited, region)
    assert at_edge.figures[0].jump > 0.5 and along_ring.figures[0].jump < 1e-6
    assert torch.equal(along_ring.images[0, :, 24:40, 24:40], edited[:, 24:40, 24:40])


def test_gradients_remove_a_step_of_tint_and_retain_details():
    original = torch.zeros(1, 64, 64)
    detail = torch.zeros(1, 64, 64)
    detail[:, 20:44:2, 20:44] = 0.2
    edited = original + detail + 0.3  # a change of tint everywhere, and stripes inside
    region = resefa.Region.box(14, 14, 36, 36)
    found = {
        name: composite.of(original, edited, region)
        for name, composite in {
            "hard": Composite(0, inset=0),
            "weights": Composite(4, inset=0, blend="weights"),
            "gradients": Composite(4, inset=0),
        }.items()
    }
    jumps = {name: one.figures[0].jump for name, one in found.items()}
    assert jumps["gradients"] < 0.5 * jumps["hard"] and jumps["weights"] < 0.5 * jumps["hard"]
    stripes = found["gradients"].images[0, 0, 20:44, 22:42].diff(dim=0).abs()
    assert float(stripes.min()) > 0.15


def test_a_narrow_part_keeps_its_middle():
    original, edited = torch.zeros(1, 64, 64), torch.ones(1, 64, 64)
    image = Composite(8, inset=16).of(original, edited, resefa.Region.box(30, 10, 5, 40)).images[0, 0]
    assert float(image[32, 20:40].min()) > 0.5


def test_an_edit_of_the_whole_picture_is_a_collage():
    original, edited = noise(0, 3, SIZE, SIZE), noise(1, 3, SIZE, SIZE)
    (figures,) = Composite().of(original, edited, BOX).figures
    assert figures.collage and figures.cut_outside == 1 and figures.facts["collage"] is True


@pytest.mark.parametrize(
    "bad", [{"feather": -1}, {"growth": float("nan")}, {"inset": "2"}, {"blend": "poisson"}, {"growth": True}]
)
def test_impossible_settings_are_refused(bad):
    with pytest.raises(UsageError, match=next(iter(bad))):
        Composite(**bad)


def test_pictures_that_do_not_fit_are_refused():
    original = noise(0, 3, SIZE, SIZE)
    with pytest.raises(UsageError, match="original has shape"):
        Composite().of(original, noise(1, 3, SIZE, SIZE + 1), BOX)
    with pytest.raises(RegionError, match="12 x 12"):
        Composite().of(original, original, RegionWeights(torch.ones(12, 12), torch.zeros(12, 12)))
    with pytest.raises(GeneratorError, match="NaN"):
        Composite().of(original, original * float("nan"), BOX)


@pytest.fixture(scope="module")
def generator():
    return planted_generator()


@pytest.fixture(scope="module")
def random(generator):
    """A direction that changes the whole picture, with the right half as its region."""
    best = resefa.discover(generator, generator.sample(0), REGION, k=1)
    vectors = torch.nn.functional.normalize(torch.ones(1, best.vectors.shape[1]))
    return resefa.Directions(vectors, edit=best.edit, protect=best.protect, provenance=best.provenance)[0]


@pytest.mark.filterwarnings("ignore:composite cuts off")
def test_edits_with_an_exact_outside(generator, random):
    code = generator.sample([7, 4])
    plain = resefa.edit(generator, code, random, [0, 1], change=0.01)
    images = resefa.edit(generator, code, random, [0, 1], change=0.01, composite=True)
    outside = random.edit == 0
    for i in range(2):
        original = generator.synthesize(code[i : i + 1])
        assert torch.equal(images[i][:, :, outside], original.expand(2, -1, -1, -1)[:, :, outside])
        assert torch.allclose(images[i, 0], original[0], atol=1e-6)
    assert float((plain - images).abs().max()) > 0.01


@pytest.mark.filterwarnings("ignore:composite cuts off")
def test_a_region_that_follows_the_image_is_that_of_each_image():
    generator = blob_generator()
    codes = generator.sample([0, 5])
    direction = resefa.discover(generator, codes[:1], "part:blob", k=1)[0]
    images = resefa.edit(generator, codes, direction, [0.5], composite=Composite(1))
    for i in range(2):
        outside = ~disc_mask(codes[i : i + 1])
        original = generator.synthesize(codes[i : i + 1])[0]
        assert torch.equal(images[i, 0][:, outside], original[:, outside])
        assert not torch.equal(images[i, 0], original)


def test_a_composite_needs_a_region(generator, random):
    with pytest.raises(UsageError, match="composite needs a region"):
        resefa.edit(generator, generator.sample(7), random.without_region(), 1.0, composite=True)
    with pytest.raises(UsageError, match="composite='yes'"):
        resefa.edit(generator, generator.sample(7), random, 1.0, composite="yes")


def test_a_collage_is_warned_of(generator, random):
    with pytest.warns(ResefaWarning, match="collage"):
        resefa.edit(generator, generator.sample(7), random, 2.0, region=NARROW, composite=True)


def test_an_edit_of_the_region_alone_needs_no_warning(generator):
    code = generator.sample(7)
    best = resefa.discover(generator, code, REGION, k=1)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images = resefa.edit(generator, code, best, 0.5, composite=Composite(0, inset=0))
    assert torch.allclose(images, resefa.edit(generator, code, best, 0.5), atol=1e-3)


def test_facts_of_a_sweep_are_those_of_the_composite(generator, random):
    with pytest.warns(ResefaWarning, match="collage"):
        sweep = resefa.Sweep(
            generator, generator.sample(7), random, [-1, 0, 1], change=0.01, region=NARROW, composite=True
        )
    facts = sweep.facts()
    assert [one["outside"] for one in facts["changes"]] == [0, 0, 0]
    assert [one["strength"] for one in facts["composites"]] == [-1, 0, 1]
    assert [one["cut_outside"] for one in facts["composites"]] == [1, 0, 1]  # rounding at strength 0 is no edit
    assert [one["collage"] for one in facts["composites"]] == [True, False, True]
    assert [one.random_outside for one in sweep.measured] == [None, None]
    assert sum("of the edit cut off" in line for line in sweep.row().details) == 2
    assert any("cut off" in text for text in sweep.card().details.values())
    assert "collage" in sweep.caption(0) and not facts["limits"]

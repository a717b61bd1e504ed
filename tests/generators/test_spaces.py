"""Spaces, layers and conditions on small networks of every family: the edit that is optimised is the one that is applied."""

from __future__ import annotations

import pytest
import torch
from reference.problems import jacobian_operator
from reference.small import small_generator
from torch.utils._python_dispatch import TorchDispatchMode

import resefa
from resefa.errors import LatentError, UsageError
from resefa.jacobian.linear_operator import adjoint_gap
from resefa.jacobian.operator import MODES

EARLY = {"stylegan2": ("synthesis.b4.conv", "synthesis.b8.conv"), "stylegan3": ("synthesis.L0",)}
CASES = [
    ("stylegan2", "Z", "W", None), ("stylegan2", "Z", "W", "2-4"), ("stylegan2", "W", "W+", "0,3"),
    ("stylegan2", "W+", "W", "1-2"), ("stylegan2", "Z", "S", "16px"), ("stylegan2", "W", "S", None),
    ("stylegan1", "W", "W", "1-2"), ("stylegan1", "Z", "S", "1"), ("stylegan3", "W", "W", "1-3"), ("stylegan3", "Z", "S", "0"),
    ("biggan-deep", "Z", "Z", "1-2"), ("biggan-deep", "Z", "ZC", None), ("biggan-deep", "ZC", "ZC", "0"),
    ("biggan-deep", "Z+", "Z+", "2"), ("biggan-deep", "ZC", "Z", None),
    ("biggan", "Z", "Z", "1"), ("biggan", "Z", "ZC", None), ("biggan", "ZC", "Z", "0-1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def made():
    kept = {}
    return lambda family: kept.setdefault(family, small_generator(family))


@pytest.mark.parametrize("family, start, space, layers", CASES)
def test_what_is_optimised_is_what_is_applied(made, family, start, space, layers):
    generator = made(family)
    code = generator.sample(3, start)
    region = resefa.Region.box(0, 0, 0.5, 0.5, unit="fraction")
    found = resefa.discover(generator, code, region, k=2, space=space, layers=layers, tau=0.01)
    assert found.provenance.space == space and found.provenance.code_space == start
    motion = generator.motion(space, layers, start)
    operator = jacobian_operator(generator, code, motion=motion)
    slope = operator.apply(found.vectors[:1].double())[0]
    gaps = []
    for step in (1e-5, 1e-6):
        ahead, behind = resefa.edit(generator, code, found[0], [step, -step])[0]
        difference = ((ahead - behind) / (2 * step)).flatten()
        gaps.append(float((difference - slope).norm() / slope.norm()))
    assert min(gaps) < 1e-6


@pytest.mark.parametrize(
    "family", ["stylegan1", "stylegan2", "stylegan2-conditional", "stylegan3", "biggan", "biggan-deep"]
)
def test_every_space_gives_the_same_image(made, family):
    generator = made(family).under(truncation=0.6)
    code = generator.sample([1, 2])
    wanted = generator.synthesize(code)
    for space in generator.spaces:
        assert torch.allclose(generator.synthesize(generator.convert(code, space)), wanted, atol=1e-10)
        assert torch.equal(generator.sample([1, 2], space).values, generator.convert(code, space).values)


def test_a_layer_range_leaves_the_other_layers_alone(made):
    generator = made("stylegan2")
    motion = generator.motion("W", "2-4", "Z")
    step = motion.lift(torch.ones(motion.dimensions)).reshape(generator.spaces["W+"].shape)
    moved = [i for i, row in enumerate(step) if row.any()]
    assert moved == [2, 3, 4] and bool((step[2:5] == 1).all())


MOVED = [
    ("stylegan2", "W", "W+", "4"), ("stylegan2", "W", "W", "2-4"), ("stylegan2", "W", "S", "3"), ("stylegan2", "W", "W+", None),
    ("stylegan1", "W", "W+", "2"), ("stylegan3", "W", "W", "2-3"), ("stylegan3", "W", "S", "2"), ("progan", "Z", "Z", None),
    ("stylegan2-lucidrains", "W", "W+", "1"), ("stylegan2-lucidrains", "W", "S", "1"), ("biggan-deep", "Z", "Z+", "2"),
    ("biggan-deep", "ZC", "Z", "1-2"),
]  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("family, start, space, layers", MOVED)
def test_derivatives_without_the_layers_that_do_not_move_are_the_same(made, family, start, space, layers, mode):
    generator = made(family)
    motion, code = generator.motion(space, layers, start), generator.sample(3, start)
    base = generator.convert(code, motion.target.name).values
    origin = base.new_zeros(1, motion.dimensions)
    plain = resefa.JacobianOperator(lambda d: generator.render(base + motion.lift(d), motion.target.name), origin)
    moved = resefa.JacobianOperator(lambda d: generator.render_moved(base, motion, d), origin, mode=mode, chunk=3)
    vectors = torch.randn(4, motion.dimensions, generator=torch.Generator().manual_seed(0)).double()
    wanted = plain.apply(vectors)
    assert (moved.apply(vectors) - wanted).abs().max() <= 1e-12 * wanted.abs().max()
    if mode == MODES[0]:
        assert adjoint_gap(moved) < 1e-10


@pytest.mark.parametrize(
    "family, space, layers", [("stylegan2", "W+", "4"), ("stylegan2", "S", "3"), ("stylegan3", "W", "2")]
)
def test_layers_before_the_first_that_moves_see_no_batch_of_tangents(made, family, space, layers):
    generator = made(family)
    operator = jacobian_operator(generator, generator.sample(3, "W"), motion=generator.motion(space, layers, "W"))
    assert operator.mode == MODES[0]
    early = {
        id(parameter) for name, parameter in generator.network.named_parameters() if name.startswith(EARLY[family])
    }
    early = {parameter.data_ptr() for parameter in generator.network.parameters() if id(parameter) in early}

    class Batches(TorchDispatchMode):
        def __init__(self):
            super().__init__()
            self.early, self.largest = set(), 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if "convolution" in str(func):
                self.largest = max(self.largest, len(args[0]))
                if args[1].data_ptr() in early:
                    self.early.add(len(args[0]))
            return func(*args, **(kwargs or {}))

    vectors = torch.ones(5, operator.shape[1], dtype=torch.float64)
    with Batches() as seen:
        operator.apply(vectors)
    assert seen.early == {1} and seen.largest >= 5
    with Batches() as seen:
        operator.adjoint(torch.ones(5, operator.shape[0], dtype=torch.float64))
    assert seen.early == {1}


def test_truncation_pulls_w_to_its_mean_up_to_the_cutoff(made):
    generator = made("stylegan2")
    plain = generator.sample(5, "W+").values.reshape(generator.spaces["W+"].shape)
    cut = generator.under(truncation=0.5, cutoff=2)
    some = cut.sample(5, "W+").values.reshape(plain.shape)
    mean = generator.network.w_avg
    assert torch.allclose(some[:2], mean + 0.5 * (plain[:2] - mean)) and torch.equal(some[2:], plain[2:])
    assert torch.allclose(generator.under(truncation=0).sample(5, "W").values[0], mean)
    with pytest.raises(LatentError, match=r"W\+"):
        cut.sample(5, "W")
    assert torch.allclose(cut.synthesize(cut.sample(5)), cut.synthesize(cut.sample(5, "W+")))


def test_truncation_changes_the_jacobian_and_its_cache_key(made):
    generator = made("stylegan2")
    code, region = generator.sample(1), resefa.Region.box(0, 0, 0.5, 0.5, unit="fraction")
    whole = resefa.discover(generator, code, region, k=1)
    cut = resefa.discover(generator.under(truncation=0.5), code, region, k=1)
    assert cut.provenance.truncation == 0.5 and not torch.allclose(whole.inside_rate, cut.inside_rate)


def test_labels_choose_the_image(made):
    for family in ("stylegan2-conditional", "biggan", "biggan-deep"):
        generator = made(family)
        zero, one = (generator.under(label=label) for label in (0, 1))
        code = zero.sample(1)
        assert not torch.allclose(zero.synthesize(code), one.synthesize(code))
        with pytest.raises(UsageError, match=f"from 0 to {generator.classes - 1}"):
            generator.under(label=generator.classes)


def test_noise_is_constant_none_or_of_a_seed(made):
    generator = made("stylegan2")
    code = generator.sample(1)
    images = [generator.under(noise=noise).synthesize(code) for noise in ("constant", "none", 3, 3, 4)]
    assert torch.equal(images[2], images[3])
    assert not any(torch.equal(images[i], images[j]) for i, j in ((0, 1), (1, 2), (2, 4)))


def test_biggan_codes_are_cut_at_two_deviations(made):
    generator = made("biggan-deep").under(truncation=0.4)
    assert generator.sample(range(50)).values.abs().max() <= 0.8


@pytest.mark.parametrize(
    "family, call, error, words",
    [
        ("stylegan2", lambda g: g.motion("Z", "1-2"), UsageError, "space W, W"),
        ("stylegan2", lambda g: g.motion("W", "40"), UsageError, "layers 0-"),
        ("stylegan2", lambda g: g.motion("Z", None, "W"), LatentError, "code in Z[.,]"),
        ("stylegan2", lambda g: g.motion("W", None, "S"), LatentError, "code in W[.,]"),
        ("stylegan2", lambda g: g.under(noise=-1), UsageError, "not a whole number"),
        ("stylegan2", lambda g: g.under(truncation=1.5), UsageError, "from 0"),
        ("stylegan2", lambda g: g.under(cutoff=99), UsageError, "layers"),
        ("stylegan2", lambda g: g.under(label=1), UsageError, "not conditional"),
        ("stylegan3", lambda g: g.under(noise=1), UsageError, "no noise"),
        ("stylegan2", lambda g: g.convert(g.sample(1, "W+"), "W"), LatentError, "cannot convert .* W\\+ to W"),
        ("biggan", lambda g: g.motion("ZC", "0"), LatentError, "choose space="),
        ("biggan-deep", lambda g: g.under(truncation=0.0), UsageError, "above 0"),
    ],
)
def test_mistakes_are_one_sentence(made, family, call, error, words):
    with pytest.raises(error, match=words):
        call(made(family))


def test_directions_of_several_spaces_add_up(made):
    generator = made("stylegan2")
    code, region = generator.sample(1), resefa.Region.box(0, 0, 0.5, 0.5, unit="fraction")
    w = resefa.discover(generator, code, region, k=1, space="W")
    late = resefa.discover(generator, code, region, k=1, space="W", layers="3-4")
    both = resefa.edit(generator, code, [w[0], late[0]], [0.5])[0, 0]
    base = generator.convert(code, "W+")
    step = generator.motion("W", None, "W+").lift(w.vectors[0].double()) + generator.motion("W", "3-4").lift(
        late.vectors[0].double()
    )
    assert torch.allclose(generator.synthesize(base.moved(0.5 * step))[0], both, atol=1e-6)


def test_a_layered_direction_survives_its_file_and_is_measured(made, tmp_path):
    generator = made("stylegan2")
    code, region = generator.sample(1), resefa.Region.box(0, 0, 0.5, 0.5, unit="fraction")
    found = resefa.discover(generator, code, region, k=2, space="W+", layers="2-3", tau=0.01)
    found.save(tmp_path / "d.safetensors")
    again = resefa.Directions.load(tmp_path / "d.safetensors")
    assert again.provenance == found.provenance and again.provenance.layers == "2-3"
    assert resefa.locality(generator, code, again[0], 0.01).inside == pytest.approx(0.01, rel=0.05)

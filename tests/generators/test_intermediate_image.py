"""A generator's view that ends at an earlier resolution: the sum of the images that its blocks add."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from reference.problems import image_jacobian, jacobian_operator
from reference.small import small_generator

import resefa
from resefa.errors import ResefaWarning, UsageError
from resefa.jacobian.linear_operator import adjoint_gap
from resefa.networks.stylegan2.fir import upsample
from resefa.runtime.jacobian_cache import JacobianCache


@pytest.fixture(scope="module")
def generator():
    return small_generator("stylegan2")


def test_later_blocks_add_to_the_upsampled_image(generator):
    code = generator.sample(1, "S")
    sizes = generator.network.synthesis.intermediate_sizes
    last, before = sizes[-1], sizes[-2]
    kept: list[torch.Tensor] = []
    torgb = generator.network.synthesis.blocks()[-1].torgb
    hook = torgb.register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    whole = generator.synthesize(code)
    hook.remove()
    view = generator.at_resolution(before[0])
    part = view.synthesize(code)
    assert part.shape[2:] == before == view.resolution and whole.shape[2:] == last
    assert torch.allclose(upsample(part) + kept[0], whole, atol=1e-12)


def test_the_view_has_the_same_spaces_and_its_directions_fit_the_whole(generator):
    view = generator.at_resolution(16)
    code, region = generator.sample(1, "W"), resefa.Region.box(0, 0, 0.5, 0.5, unit="fraction")
    assert view.spaces == generator.spaces and torch.equal(view.sample(1, "W").values, code.values)
    found = resefa.discover(view, code, region, k=2, space="W+", tau=0.01)
    with pytest.warns(ResefaWarning, match="16 x 16 pixels"):
        assert resefa.edit(generator, code, found[0], [0.5]).shape[-2:] == generator.resolution
    assert found.check_fits(generator) is None
    others = replace(found, provenance=replace(found.provenance, fingerprint="0" * 64))
    assert "weights" in others.check_fits(generator)
    layered = found.vectors.unflatten(1, generator.spaces["W+"].shape)
    late = [i for i, side in enumerate(generator.layer_resolutions) if side > 16]
    assert late and layered[:, late[1:]].abs().max() < 1e-6 < layered[:, 0].abs().max()


@pytest.mark.parametrize("space, layers", [("W", None), ("W+", "2"), ("S", "3")])
def test_its_products_agree(generator, space, layers):
    view = generator.at_resolution(16)
    operator = jacobian_operator(view, view.sample(1, "W"), motion=view.motion(space, layers, "W"))
    assert operator.output_shape == (3, 16, 16)
    assert adjoint_gap(operator) < 1e-10


def test_caches_do_not_mix(generator):
    view, cache, code = generator.at_resolution(16), JacobianCache(), generator.sample(1, "W")
    assert view.fingerprint != generator.fingerprint == view.at_resolution(generator.resolution[0]).fingerprint
    a, b = (image_jacobian(each, code, (8, 8), cache=cache).matrix for each in (generator, view))
    assert len(cache) == 2 and not torch.allclose(a, b)


@pytest.mark.parametrize("family, words", [("stylegan3", "no intermediate image"), ("stylegan2", "choose one of")])
def test_where_there_is_no_such_image(family, words):
    with pytest.raises(UsageError, match=words):
        small_generator(family).at_resolution(5)

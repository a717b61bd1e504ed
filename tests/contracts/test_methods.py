"""One suite for every method of discovery: a new member adds a line to CASES and inherits it."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from reference.devices import finest_dtype
from reference.problems import search
from reference.small import small_generator

import resefa
from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import UsageError
from resefa.generators.dcgan import DCGANGenerator
from resefa.methods.protocol import Method
from resefa.methods.registry import METHODS, method


def brightness(images):
    """A scorer: how bright the middle is."""
    return images[:, :, 4:-4, 4:-4].mean((1, 2, 3))


# method: its options here, and in which spaces of the style network it has directions.
CASES = {
    "resefa": ({}, ("Z", "W", "W+", "S")),
    "lowrankgan": ({"sparsity": 2.0, "relaxation": 6}, ("Z", "W", "W+", "S")),
    "stylespace": ({"candidates": 12, "probes": 16}, ("S",)),
    "sefa": ({}, ("W", "W+")),
    "ganspace": ({"samples": 300}, ("W",)),
    "interfacegan": ({"scorer": brightness, "samples": 200}, ("Z", "W", "W+", "S")),
    "jacobian-svd": ({}, ("Z", "W", "W+", "S")),
    "random": ({}, ("Z", "W", "W+", "S")),
}
FEWEST = {"interfacegan": 1}
"""Methods that have fewer directions than are asked for: one per attribute."""


def tiny_dcgan(device):
    config = {"latent": 10, "widths": [8, 6], "channels": 3, "resolution": 16, "bias": True,
              "kernels": [4, 4, 4], "strides": [1, 2, 2], "paddings": [0, 1, 1]}  # fmt: skip
    from resefa.networks.dcgan.network import DCGANNetwork

    drawn = torch.Generator().manual_seed(0)
    shapes = DCGANNetwork(config).state_dict()
    tensors = {
        key: value if "running" in key or "num_batches" in key else torch.randn(value.shape, generator=drawn) / 4
        for key, value in shapes.items()
    }
    return DCGANGenerator(
        CheckpointRecord("dcgan", config, tensors), name="tiny", presets="aligned-ffhq", device=torch.device(device),
        dtype=finest_dtype(device),
    )  # fmt: skip


@pytest.fixture(scope="module")
def generators(device):
    dtype = str(finest_dtype(device)).removeprefix("torch.")
    return {"dcgan": tiny_dcgan(device), "stylegan2": small_generator("stylegan2", dtype, device)}


@pytest.fixture
def region():
    return resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")


@pytest.fixture(params=[(name, family) for name in METHODS for family in ("dcgan", "stylegan2")], ids="-".join)
def case(request, generators):
    """(finder, generator, how many directions it has when three are asked for); only where the method applies."""
    name, family = request.param
    found, generator = search(name, **CASES[name][0]), generators[family]
    if found.reason_not(generator) is not None:
        pytest.skip("does not apply")
    return found, generator, FEWEST.get(name, 3)


def contrasts(found):
    return found.inside_rate / found.outside_rate


def test_every_method_is_a_finder_and_has_a_case():
    assert set(CASES) == set(METHODS)
    for name in METHODS:
        assert isinstance(method(name), Method) and method(name).name == name


def test_unit_rows_best_first_named_and_measured(case, region):
    method, generator, count = case
    found = method.find(generator, generator.sample([0, 1]), region, k=3)
    assert len(found) == count and found.provenance.method == method.name
    assert torch.allclose(found.vectors.norm(dim=1), torch.ones(count), atol=1e-6)
    assert found.status and found.provenance.jacobian
    if found.eigenvalues is not None:
        assert (found.eigenvalues.diff() <= 0).all()
    elif method.name != "lowrankgan":  # whose order is that of the foreground's spectrum
        assert (contrasts(found).diff() <= 1e-12).all()
    assert (found.inside_rate > 0).all() and (found.outside_rate >= 0).all()


def test_rates_are_the_change_that_a_small_edit_makes(case, region):
    method, generator, _ = case
    code = generator.sample(2)
    found = method.find(generator, code, region, k=1)
    gaps = []
    for step in (1e-4, 1e-5, 1e-6):
        images = resefa.edit(generator, code, found[0], [step, -step])[0].cpu()
        moved = ((images[0] - images[1]) / (2 * step)).square()
        for part, rate in ((found.edit, found.inside_rate), (found.protect, found.outside_rate)):
            measured = float((moved * part).sum() / (part.sum() * generator.channels))
            gaps.append(abs(measured - float(rate[0])) / float(rate[0] + 1e-6))
    assert min(gaps[0::2]) < 1e-4 and min(gaps[1::2]) < 1e-4


def test_k_is_respected(case, region):
    method, generator, _ = case
    code = generator.sample(0)
    assert len(method.find(generator, code, region, k=1)) == 1
    for wrong in (0, -2, 1.5, True, "3", None):
        with pytest.raises(UsageError, match="k is .*a whole number, 1 or more"):
            method.find(generator, code, region, k=wrong)


def test_the_same_twice_and_global_random_state_left_alone(case, region):
    method, generator, _ = case
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    first, second = (method.find(generator, generator.sample(0), region, k=2) for _ in range(2))
    # To rounding: a linear algebra library adds in an order that hangs on where its arrays lie.
    assert torch.allclose(first.vectors, second.vectors, rtol=0, atol=1e-6)
    assert torch.allclose(first.inside_rate, second.inside_rate, rtol=1e-6)
    assert torch.equal(before[0], torch.get_rng_state()) and (before[1] == np.random.get_state()[1]).all()
    assert before[2] == random.getstate()


def test_a_file_gives_back_what_was_found(case, region, tmp_path):
    method, generator, _ = case
    found = method.find(generator, generator.sample(0), region, k=2)
    found.save(tmp_path / "found.safetensors")
    again = resefa.Directions.load(tmp_path / "found.safetensors")
    assert torch.equal(again.vectors, found.vectors) and again.provenance == found.provenance
    assert torch.equal(again.inside_rate, found.inside_rate) and torch.equal(again.outside_rate, found.outside_rate)


@pytest.mark.parametrize(("name", "space"), [(name, space) for name in CASES for space in ("Z", "W", "W+", "S")])
def test_each_space_of_a_style_network(generators, region, name, space):
    generator, (options, spaces) = generators["stylegan2"], CASES[name]
    method = search(name, space=space, **options)
    if space not in spaces:
        reason = method.reason_not(generator)
        assert reason and reason.count(". ") == 0 and space in reason
        with pytest.raises(UsageError) as caught:
            method.find(generator, generator.sample(0), region, k=2)
        assert str(caught.value) == reason
        return
    assert method.reason_not(generator) is None
    for layers in (None,) if space == "Z" else (None, "1-3"):
        method = search(name, space=space, layers=layers, **options)
        found = method.find(generator, generator.sample([0, 1]), region, k=2)
        assert (found.provenance.space, found.provenance.layers) == (space, layers)
        assert found.dimensions == generator.motion(space, layers, "Z").dimensions


def test_what_does_not_apply_says_so_in_one_sentence(generators, region):
    plain = resefa.wrap(lambda z: (z / 8).reshape(-1, 1, 2, 3), 6)
    cases = [("stylespace", {}, generators["dcgan"]), ("sefa", {}, plain), ("ganspace", {}, plain), ("interfacegan", {}, plain),
             ("stylespace", {}, plain)]  # fmt: skip
    for name, options, generator in cases:
        method = search(name, **options)
        reason = method.reason_not(generator)
        assert reason and reason.endswith(".") and "\n" not in reason
        with pytest.raises(UsageError) as caught:
            method.find(generator, generator.sample(0), region, k=1)
        assert str(caught.value) == reason
    for name in ("resefa", "lowrankgan", "jacobian-svd", "random"):
        assert search(name).reason_not(plain) is None


def test_unknown_names_and_options_are_refused_in_one_sentence():
    with pytest.raises(
        UsageError, match="Unknown method 'sepha'; did you mean 'sefa'\\? Choose one of resefa, lowrankgan"
    ):
        search("sepha")
    with pytest.raises(UsageError, match="sefa has no option tau;.* resefa"):
        search("sefa", tau=0.1)

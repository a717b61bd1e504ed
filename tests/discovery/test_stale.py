"""What was computed for one generator is never given to another, whatever in it differs, and is given where nothing does."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from reference.problems import image_jacobian
from reference.small import small_generator
from torch import nn

import resefa
from resefa.jacobian.operator import JacobianOperator
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.session import SHARED_CACHE

BOX, OTHER = resefa.Region.box(0, 0, 4, 4), resefa.Region.box(4, 4, 3, 3)
MIXING = torch.randn(6, 192, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
GAIN = {"value": 1.0}


class Painter(nn.Module):
    """A generator with all that a module may hold beside weights."""

    def __init__(self, size=6):
        super().__init__()
        torch.manual_seed(0)
        self.base = nn.Linear(size, 192).double()
        self.label, self.layers, self.look = 0, [1.0, 1.0], lambda x: x
        self.plain = torch.ones((), dtype=torch.float64)  # a tensor that no state_dict lists

    def forward(self, z):
        x = self.base(z * self.layers[0]) * self.plain + 0.3 * self.label * z[:, :1]
        return torch.tanh(self.look(x)).view(-1, 3, 8, 8)


def painted(z, gain=1.0):
    return torch.tanh(z @ MIXING.to(z) * gain * GAIN["value"]).view(-1, 3, 8, 8)


def sine(x):
    return torch.sin(2 * x)


def straight(x):
    return x + (x.round() - x).detach()


def in_place(module):
    with torch.no_grad():
        module.base.weight.mul_(0.3)


CHANGES = {
    "attribute": lambda module: setattr(module, "label", 2),
    "in a list": lambda module: module.layers.__setitem__(0, 0.5),
    "closure": lambda module: setattr(module, "look", sine),
    "plain tensor": lambda module: module.plain.mul_(0.5),
    "hook": lambda module: module.base.register_forward_hook(lambda module, given, made: made * 0.5),
    "weights in place": in_place,
    "weights through data": lambda module: module.base.weight.data.mul_(0.3),
    "another layer": lambda module: setattr(module, "base", nn.Linear(6, 192).double()),
    "method": lambda module: setattr(module, "forward", lambda z: painted(z)),
}


@pytest.fixture(autouse=True)
def nothing_kept():
    SHARED_CACHE.clear()
    GAIN["value"] = 1.0


@pytest.mark.parametrize("folder", [False, True], ids=["memory", "folder"])
@pytest.mark.parametrize("solver", ["cholesky", "matrix-free", "prepared"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_module_that_changed_is_analysed_anew(change, solver, folder, tmp_path):
    module = Painter()
    generator = resefa.wrap(module, 6)
    code = generator.sample(1)
    options = {"k": 2, "solver": solver} | ({"tolerance": 1e-6} if solver == "matrix-free" else {})

    def found():
        cache = JacobianCache(folder=tmp_path) if folder else None
        return resefa.discover(generator, code, BOX, cache=cache, **options)

    before = found()
    CHANGES[change](module)
    after = found()
    SHARED_CACHE.clear()
    wanted = resefa.discover(generator, code, BOX, cache=JacobianCache(), **options)
    assert not torch.allclose(before.inside_rate, wanted.inside_rate, rtol=1e-3)
    assert torch.allclose(after.inside_rate, wanted.inside_rate, rtol=1e-6)
    assert torch.allclose(after.eigenvalues, wanted.eigenvalues, rtol=1e-6)


def rate(generator, code, **options):
    return float(resefa.discover(generator, code, BOX, k=1, **options).inside_rate[0])


def test_what_a_function_reads_from_elsewhere_counts():
    code = resefa.wrap(painted, 6, dtype="float64").sample(1)
    rates = [rate(resefa.wrap(partial(painted, gain=gain), 6, dtype="float64"), code) for gain in (1.0, 0.5)]
    GAIN["value"] = 0.25
    rates.append(rate(resefa.wrap(painted, 6, dtype="float64"), code))
    rates.append(rate(resefa.wrap(painted, 6, (-2, 2), dtype="float64"), code))
    fresh = [rate(resefa.wrap(painted, 6, dtype="float64"), code, cache=JacobianCache())]
    assert len(set(rates)) == 4 and rates[2] == fresh[0]


def test_the_derivative_alone_counts():
    """Rounded images are equal; what is differentiated is not."""
    module, other = Painter(), Painter()
    module.look, other.look = lambda x: straight(x * 3), lambda x: straight(x * 3) + (x - x.detach())
    code = resefa.wrap(module, 6).sample(1)
    assert torch.equal(resefa.wrap(module, 6).synthesize(code), resefa.wrap(other, 6).synthesize(code))
    first, second = (rate(resefa.wrap(one, 6), code) for one in (module, other))
    assert second == rate(resefa.wrap(other, 6), code, cache=JacobianCache()) != first


@pytest.mark.parametrize(
    "change",
    [
        lambda generator: generator.network.w_avg.mul_(0.5).add_(0.1),
        lambda generator: next(generator.network.synthesis.parameters()).data.mul_(1.5),
        lambda generator: generator.network.mapping.register_forward_hook(lambda module, given, made: made * 0.9),
    ],
    ids=["mean w", "weights", "hook"],
)
def test_a_family_whose_network_changed_is_analysed_anew(change):
    generator = small_generator("stylegan2").under(truncation=0.7)
    code, region = generator.sample(1), resefa.Region.box(0, 0, 0.5, 0.5, unit="fraction")

    def found(cache=None):
        return resefa.discover(generator, code, region, k=1, cache=cache).inside_rate

    before = found()
    with torch.no_grad():
        change(generator)
    assert torch.equal(found(), found(JacobianCache())) and not torch.allclose(before, found(), rtol=1e-3)


def test_equal_generators_share_and_a_second_region_costs_no_derivative(monkeypatch):
    swept = []
    sweep = JacobianOperator.sweep
    monkeypatch.setattr(
        JacobianOperator, "sweep", lambda self, *given, **more: (swept.append(1), sweep(self, *given, **more))[1]
    )
    cache = JacobianCache()
    for region in (BOX, OTHER):
        for generator in (resefa.wrap(Painter(), 6), resefa.wrap(Painter(), 6)):
            resefa.discover(generator, generator.sample(1), region, k=1, cache=cache)
    assert swept == [1]


def cached_subspaces():
    return [each.subspace for name, each in SHARED_CACHE._kept.items() if name.endswith("subspace")]


def test_products_are_taken_of_the_generator_that_asks():
    """A search that goes on from what another object found does not go on with that object."""
    first, second = Painter(60), Painter(60)
    code = resefa.wrap(first, 60).sample(1)
    options = {"k": 1, "solver": "matrix-free"}
    resefa.discover(resefa.wrap(first, 60), code, BOX, max_products=17, **options)
    begun = cached_subspaces()[0]
    assert 0 < len(begun) < 30
    in_place(first)
    generator = resefa.wrap(second, 60)
    found = resefa.discover(generator, code, OTHER, tolerance=1e-8, **options)
    assert len(found.vectors) == 1 and len(cached_subspaces()) == 1
    matrix = image_jacobian(generator, code, (8, 8), cache=JacobianCache()).matrix
    for vector, inside in zip(found.vectors.double(), found.inside_rate, strict=True):
        change = (matrix @ vector).view(3, 8, 8)[:, 4:7, 4:7].square().mean()
        assert torch.isclose(change, inside, rtol=1e-5)


def test_files_of_another_machine_are_found_within_rounding(tmp_path, monkeypatch):
    generator = resefa.wrap(Painter().float(), 6)
    code = generator.sample(1)
    monkeypatch.setattr("resefa.runtime.image_probe.environment", lambda device: "another machine")
    there = rate(generator, code, cache=JacobianCache(folder=tmp_path))
    monkeypatch.undo()
    generator.function.plain.mul_(1 + 1e-6)  # as another library rounds
    said = []
    here = rate(generator, code, cache=JacobianCache(folder=tmp_path), announce=said.append)
    assert here == there and not said and len(list(tmp_path.iterdir())) == 1
    generator.function.plain.mul_(1.01)
    assert rate(generator, code, cache=JacobianCache(folder=tmp_path)) != there

"""One suite for every generator: a new member adds a fixture parameter and inherits it."""

from __future__ import annotations

import pytest
import torch
from reference.devices import finest_dtype, tolerance
from reference.problems import jacobian_operator
from reference.small import FAMILIES, small_generator
from torch import nn

import resefa
from resefa.errors import GeneratorError, LatentError, ModelError, UsageError
from resefa.generators.progan import ProGANGenerator
from resefa.generators.style import StyleGenerator
from resefa.jacobian.linear_operator import adjoint_gap


def small_network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Unflatten(1, (12, 1, 1)), nn.ConvTranspose2d(12, 8, 4), nn.BatchNorm2d(8), nn.Softplus(),
        nn.ConvTranspose2d(8, 3, 4, 2, 1), nn.Tanh(),
    )  # fmt: skip


@pytest.fixture(params=["faces-dcgan", "module", "callable", "torchscript", "torch-export", *FAMILIES])
def generator(request, device, tmp_path):
    kind, dtype = request.param, finest_dtype(device)
    if kind == "faces-dcgan":
        request.getfixturevalue("faces")
        return resefa.load("faces-dcgan", device=device, dtype=dtype)
    if kind in FAMILIES:
        return small_generator(kind, str(dtype).removeprefix("torch."), device)
    network = small_network().to(dtype).eval()
    if kind == "module":
        return resefa.wrap(network.to(device), latent_shape=12)
    if kind == "callable":
        mixing = torch.randn(12, 3 * 6 * 10, generator=torch.Generator().manual_seed(1)) / 8
        return resefa.wrap(
            lambda z: (z @ mixing.to(z)).sin().reshape(-1, 3, 6, 10) * 127.5 + 127.5,
            12,
            (0, 255),
            device=device,
            dtype=dtype,
        )
    path = tmp_path / "program.bin"
    if kind == "torchscript":
        torch.jit.trace(network, torch.zeros(1, 12).to(dtype)).save(str(path))
    else:
        batch = torch.export.Dim("batch", min=1)
        path = tmp_path / "program.pt2"
        program = torch.export.export(network, (torch.zeros(2, 12).to(dtype),), dynamic_shapes=({0: batch},))
        torch.export.save(program, str(path))
    with pytest.raises(ModelError, match="trust"):
        resefa.load(path, latent_shape=(12,))
    return resefa.load(path, latent_shape=(12,), device=device, dtype=dtype, trust_program=True)


def test_is_a_generator(generator, device):
    assert isinstance(generator, resefa.Generator)
    assert generator.device.type == device and generator.synthesize(generator.sample(0)).device.type == device
    assert len(generator.fingerprint) == 64


def test_a_seed_is_one_code_and_leaves_global_state_alone(generator):
    before = torch.get_rng_state()
    once, again = generator.sample([5, 6]), generator.sample(6)
    assert torch.equal(once.values[1:], again.values)
    assert not torch.equal(once.values[0], once.values[1])
    assert torch.equal(before, torch.get_rng_state())


def test_images_have_the_described_shape_and_range(generator):
    images = generator.synthesize(generator.sample([0, 1, 2]))
    assert images.shape == (3, generator.channels, *generator.resolution)
    # Style networks and ProGAN end without a bound; those with random weights go beyond [-1, 1].
    assert images.abs().max() <= (20 if isinstance(generator, StyleGenerator | ProGANGenerator) else 1 + 1e-6)


def test_an_image_depends_on_its_own_code_only(generator):
    codes = generator.sample(range(3))
    together = generator.synthesize(codes)
    for i, code in enumerate(codes):
        assert torch.allclose(generator.synthesize(code)[0], together[i], atol=1e-4)


def test_forward_and_reverse_products_agree(generator, device):
    operator = jacobian_operator(generator, generator.sample(7))
    assert generator.dtype == finest_dtype(device)
    assert adjoint_gap(operator) < tolerance(device, 1e-10)


def test_forward_products_are_finite_differences(generator, device):
    if finest_dtype(device) != torch.float64:
        pytest.skip(f"{device} has no float64, and in float32 a difference of images is mostly rounding")
    code = generator.sample(7)
    operator = jacobian_operator(generator, code)
    v = torch.randn(1, operator.shape[1], generator=torch.Generator().manual_seed(0)).to(code.values)
    found, gaps = operator.apply(v)[0], []
    for step in (1e-6, 1e-7):  # a step may cross the kink of a leaky ReLU; both do so only where the product is wrong
        ahead, behind = (generator.synthesize(code.moved(sign * step * v[0])) for sign in (1, -1))
        slope = ((ahead - behind) / (2 * step)).flatten()
        gaps.append((found - slope).norm() / slope.norm())
    assert min(gaps) < 1e-8


def test_products_in_float32_are_those_of_float64(faces, device):
    """On CUDA too: there TF32 would leave an error of 1e-3."""
    exact, there = resefa.load("faces-dcgan", dtype="float64"), resefa.load("faces-dcgan", device=device)
    vectors = torch.randn(4, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    single, double = (jacobian_operator(g, g.sample(7)) for g in (there, exact))
    wanted = double.apply(vectors)
    assert (single.apply(vectors).cpu().double() - wanted).norm() < 1e-5 * wanted.norm()
    assert adjoint_gap(single) < 1e-5


def test_discovery_runs(generator, device):
    height, width = generator.resolution
    region = resefa.Region.box(0, 0, height / 2, width / 2)
    found = resefa.discover(generator, generator.sample(1), region, k=3)
    assert len(found) == 3 and found.residuals.max() < tolerance(device, 1e-10)
    assert found.eigenvalues.diff().max() <= 0


def test_a_code_of_the_wrong_size_is_refused(generator):
    with pytest.raises(LatentError, match="fits no space"):
        generator.synthesize(torch.zeros(1, 7).to(generator.dtype))


def test_a_bad_seed_is_refused(generator):
    with pytest.raises(UsageError):
        generator.sample(-1)


@pytest.mark.parametrize(
    "function, words",
    [
        (lambda z: z.reshape(-1, 3, 2, 2) * float("nan"), "NaN"),
        (lambda z: z.reshape(-1, 12), "expected images"),
        (lambda z: z.reshape(-1, 3, 2, 2) * 1000, "output_range"),
        (lambda z: torch.rand(len(z), 3, 2, 2), "fresh noise"),
        (lambda z: z.reshape(-1, 5, 2, 2), "failed on a trial batch"),
    ],
)
def test_what_is_no_generator_is_refused_in_one_sentence(function, words):
    with pytest.raises(GeneratorError, match=words):
        resefa.wrap(function, 12)


def test_a_generator_that_cannot_be_differentiated_is_refused():
    broken = resefa.wrap(lambda z: z.detach().reshape(-1, 3, 2, 2).tanh(), 12)
    with pytest.raises(GeneratorError, match="cannot be differentiated"):
        resefa.discover(broken, broken.sample(0), resefa.Region.box(0, 0, 1, 1))

"""A probe shows everything that decides an image near a code, and nothing else."""

from __future__ import annotations

import pytest
import torch
from reference.problems import image_jacobian
from torch import nn

import resefa
from resefa.errors import GeneratorError
from resefa.runtime.image_probe import Probe, check_repeats, joined, probe_of
from resefa.runtime.jacobian_cache import JacobianCache

POINT = torch.linspace(-1, 1, 6)
MIXING = torch.randn(6, 48, generator=torch.Generator().manual_seed(2))
BOX = resefa.Region.box(0, 0, 2, 4)


def picture(z, gain=1.0):
    return torch.sin(z @ MIXING.to(z) * gain).reshape(-1, 3, 4, 4)


class Backward(torch.autograd.Function):
    """A backward formula alone: no forward mode."""

    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z.sin()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0].cos()


def straight_through(z):
    """Rounded, with the derivative of the identity."""
    return z + (z.round() - z).detach()


def probe(function, point=POINT):
    return probe_of(function, point[None])


def test_equal_functions_have_equal_probes():
    assert probe(picture).digest == probe(picture).digest
    assert probe(picture).agrees(probe(lambda z: picture(z, 1.0)))


@pytest.mark.parametrize(
    "other",
    [
        lambda z: picture(z, 1.001),
        lambda z: picture(z) + 1e-6,
        lambda z: picture(z).flip(3),
        lambda z: picture(z)[:, :, :2],
        lambda z: picture(z.detach() + 0.5 * (z - z.detach())),  # the same image, another derivative
        lambda z: picture(z.double()),
    ],
)
def test_another_function_has_another_probe(other):
    assert not probe(other).agrees(probe(picture))


def test_derivatives_that_only_reverse_mode_has_are_seen():
    rounded, whole = probe(lambda z: picture(Backward.apply(z))), probe(lambda z: picture(Backward.apply(z) * 1.01))
    assert len(rounded.product) == 6 and not rounded.agrees(whole)
    plain = probe(lambda z: picture(z.round()), POINT * 3.3)
    assert len(plain.product) == 6 and not plain.product.any()
    assert not plain.agrees(probe(lambda z: picture(straight_through(z)), POINT * 3.3))


def test_half_precisions_have_probes():
    for dtype in (torch.float16, torch.bfloat16):
        point = POINT.to(dtype)
        assert probe(picture, point).agrees(probe(picture, point))
        assert not probe(picture, point).agrees(probe(lambda z: picture(z, 1.01), point))


def elsewhere(found, change=0.0):
    return Probe(found.image * (1 + change), found.product * (1 + change), "another machine")


def test_bits_count_here_and_rounding_is_forgiven_elsewhere():
    found = probe(picture)
    near = Probe(found.image * (1 + 1e-6), found.product, found.environment)
    assert not near.agrees(found)
    assert elsewhere(found, 1e-6).agrees(found) and found.agrees(elsewhere(found, 1e-6))
    assert not elsewhere(found, 1e-3).agrees(found)
    half = probe(picture, POINT.half())
    assert elsewhere(half).agrees(half) and not elsewhere(half, 0.01).agrees(half)


def test_several_images_are_one_probe():
    both = joined([probe(picture), probe(picture, -POINT)])
    assert len(both.image) == 96
    assert not both.agrees(joined([probe(picture, -POINT), probe(picture)]))


class Wrapped(nn.Module):
    def __init__(self, last):
        super().__init__()
        self.first, self.last = nn.Linear(6, 48), last

    def forward(self, z):
        return torch.tanh(self.last(self.first(z).reshape(-1, 3, 4, 4)))


@pytest.mark.parametrize(
    "last, words",
    [
        (nn.Dropout(0.5), "at each call"),
        (nn.BatchNorm2d(3), "alone and in a batch"),
    ],
)
@pytest.mark.parametrize("solver", ["cholesky", "matrix-free"])
def test_a_module_put_back_into_training_mode_is_refused(last, words, solver):
    module = Wrapped(last)
    generator = resefa.wrap(module, 6)
    code = generator.sample(0)
    resefa.discover(generator, code, BOX, k=1, solver=solver)
    module.train()
    with pytest.raises(GeneratorError, match=rf"{words}.*call eval\(\)"):
        resefa.discover(generator, code, BOX, k=1, solver=solver)


def test_a_module_that_takes_no_single_code_is_one_sentence():
    module = nn.Sequential(nn.Linear(6, 48), nn.BatchNorm1d(48), nn.Unflatten(1, (3, 4, 4)))
    generator = resefa.wrap(module, 6)
    module.train()
    with pytest.raises(GeneratorError, match=r"failed on a single .*call eval\(\)"):
        resefa.discover(generator, generator.sample(0), BOX, k=1)


def test_noise_below_notice_is_never_cached():
    calls = []

    def noisy(z):
        calls.append(len(z))
        return picture(z) + 1e-6 * len(calls)

    generator, cache = resefa.wrap(noisy, 6), JacobianCache()
    code = generator.sample(0)
    first = image_jacobian(generator, code, (4, 4), cache=cache)
    assert image_jacobian(generator, code, (4, 4), cache=cache) is not first


def test_a_program_for_one_image_at_a_time_passes():
    def alone(z):
        if len(z) != 1:
            raise ValueError("one at a time")
        return picture(z)

    check_repeats(alone, POINT[None], probe(alone), "alone")

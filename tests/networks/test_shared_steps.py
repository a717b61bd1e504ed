"""Steps with derivatives of their own: convolution, product and epilogue, against numerical derivatives."""

from __future__ import annotations

import pytest
import torch

from resefa.networks.shared_convolution import convolve, convolve_transposed
from resefa.networks.stylegan2.epilogue import epilogue, plain_epilogue
from resefa.networks.stylegan2.epilogue_kernels import EpilogueOptions, Operands
from resefa.networks.stylegan2.fir import SUM, smooth, smooth_planes, smooth_planes_adjoint
from resefa.networks.stylegan2.product import product


def numbers(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed + len(shape) + sum(shape))
    return torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()


def check(function, *arguments):
    assert torch.autograd.gradcheck(function, arguments, check_forward_ad=True, fast_mode=True)


def test_convolutions():
    check(lambda x, w: convolve(x, w, padding=1), numbers(2, 3, 4, 5), numbers(2, 3, 3, 3))
    check(lambda x, w: convolve_transposed(x, w, stride=2, padding=0), numbers(2, 3, 3, 2), numbers(3, 2, 3, 3))
    assert torch.autograd.gradgradcheck(
        lambda x, w: convolve_transposed(x, w, stride=2, padding=1), (numbers(1, 2, 3, 2), numbers(2, 2, 4, 4))
    )


def test_product():
    check(product, numbers(2, 3, 4), numbers(2, 4, 5))
    assert torch.autograd.gradgradcheck(product, (numbers(2, 3, 4), numbers(2, 4, 5)))


@pytest.mark.parametrize("smoothed", [False, True])
@pytest.mark.parametrize(
    "noise, scaled, unscaled, clamp", [(True, True, True, None), (False, False, True, 0.7), (True, True, False, 0.9)]
)
def test_epilogue(smoothed, noise, scaled, unscaled, clamp):
    size = (5, 4)
    how = EpilogueOptions(1.3, clamp, smoothed, unscaled)
    x = numbers(2, 3, size[0] + smoothed, size[1] + smoothed)
    operands = [x, numbers(2, 3, seed=1), numbers(3)]
    if noise:
        operands.append(numbers(*size))
    if scaled:
        operands.append(numbers(2, 3, seed=2))

    def full(values):
        rest = list(values[3:])
        return Operands(*values[:3], rest.pop(0) if noise else None, rest.pop(0) if scaled else None)

    for a, b in zip(epilogue(full(operands), how), plain_epilogue(full(operands), how), strict=True):
        assert torch.allclose(a, b, rtol=0, atol=1e-12)
    check(lambda *values: epilogue(full(values), how), *operands)
    # Tangents of a tangent, a gradient of a tangent, and a batch of points.
    tangents = tuple(torch.ones_like(value) for value in operands[:3])

    def push(*values):
        return torch.func.jvp(lambda *moved: epilogue(full([*moved, *operands[3:]]), how), values, tangents)[1]

    def push_plainly(*values):
        return torch.func.jvp(lambda *moved: plain_epilogue(full([*moved, *operands[3:]]), how), values, tangents)[1]

    points = tuple(value.detach() for value in operands[:3])
    for a, b in zip(
        torch.func.jvp(push, points, tangents)[1], torch.func.jvp(push_plainly, points, tangents)[1], strict=True
    ):
        assert torch.allclose(a, b, rtol=0, atol=1e-12)
    for i in range(3):
        a, b = (
            torch.func.grad(lambda *v, f=f: sum(y.sin().sum() for y in f(*v)), i)(*points) for f in (push, push_plainly)
        )
        assert torch.allclose(a, b, rtol=0, atol=1e-12)
    batch = tuple(torch.stack([value, -value]) for value in points)
    for a, b in zip(torch.func.vmap(push)(*batch), torch.func.vmap(push_plainly)(*batch), strict=True):
        assert torch.allclose(a, b, rtol=0, atol=1e-12)


@pytest.mark.parametrize("smoothed", [False, True])
def test_epilogue_pulls_back_any_of_its_results(smoothed):
    size, how = (5, 4), EpilogueOptions(1.3, 0.8, smoothed, True)
    at = [numbers(2, 3, size[0] + smoothed, size[1] + smoothed), numbers(2, 3, seed=1), numbers(3), numbers(*size)]
    x, d, bias, noise = (value.detach() for value in at)
    scale = numbers(2, 3, seed=2).detach()
    cotangents = numbers(4, 2, 3, *size, seed=5).detach()
    for weights in ((1.0, 2.0), (1.0, None), (None, 1.0)):

        def gradients(f, weights=weights):
            def chosen(*moved):
                results = f(Operands(moved[0], moved[1], bias, noise, moved[2]), how)
                return sum(w * y for w, y in zip(weights, results, strict=True) if w is not None)

            pull = torch.func.vjp(chosen, x, d, scale)[1]
            return torch.func.vmap(pull)(cotangents)

        for a, b in zip(gradients(epilogue), gradients(plain_epilogue), strict=True):
            assert torch.allclose(a, b, rtol=0, atol=1e-12)


def test_second_derivatives_of_the_epilogue_in_reverse():
    how = EpilogueOptions(1.3, None, True, True)
    fixed = numbers(3).detach()
    assert torch.autograd.gradgradcheck(
        lambda x, d, s: epilogue(Operands(x, d, fixed, None, s), how),
        (numbers(1, 3, 4, 5), numbers(1, 3, seed=1), numbers(1, 3, seed=2)),
    )


def test_smoothing_by_sums_is_the_convolution():
    x = numbers(2, 3, 7, 5).detach()
    assert torch.allclose(smooth_planes(x.flatten(0, 1)) / SUM, smooth(x).flatten(0, 1), rtol=0, atol=1e-14)
    assert torch.allclose(smooth(torch.ones(1, 1, 9, 9))[0, 0, 2:-2, 2:-2], torch.full((4, 4), 4.0))
    g = numbers(6, 6, 4).detach()
    moved = smooth_planes(x.flatten(0, 1))
    assert torch.allclose((moved * g).sum(), (x.flatten(0, 1) * smooth_planes_adjoint(g)).sum(), rtol=1e-12)

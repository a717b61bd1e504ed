"""Arithmetic of StyleGAN2's epilogue, its tangents and its cotangents on chunks of planes that fit the processor cache.

These functions are not differentiable; ``epilogue.py`` wraps them in ``torch.autograd.Function``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from resefa.networks.layers import LEAKY_RELU_SLOPE
from resefa.networks.stylegan2.fir import SUM, smooth_planes, smooth_planes_adjoint
from resefa.types import Image, Latent

_CHUNK = 1 << 20
"""Bytes of one buffer; several buffers fit the cache of one processor."""


class Operands(NamedTuple):
    """Tensors that the epilogue depends on.

    Attributes:
        x: (b, c, h, w) output of a convolution; (b, c, h + 1, w + 1) if the epilogue smooths first.
        demodulation: (b, c).
        bias: (c,).
        noise: (h, w), already multiplied by its strength, or None.
        scale: (b, c) style of the next layer, or None if only the unscaled result is needed.
    """

    x: Image
    demodulation: Latent
    bias: Tensor
    noise: Tensor | None
    scale: Latent | None


class EpilogueOptions(NamedTuple):
    """Constants of the epilogue.

    Attributes:
        gain: factor after the activation.
        clamp: bound of the absolute value after the gain, or None.
        smooth: apply the low-pass filter first, after a transposed convolution.
        unscaled: also return the result before it is multiplied by the next layer's style.
    """

    gain: float
    clamp: float | None
    smooth: bool
    unscaled: bool


class Prepared:
    """The operands as p = b * c planes, with all constant factors folded in."""

    def __init__(self, operands: Operands, how: EpilogueOptions) -> None:
        x, demodulation, bias, noise, scale = operands
        self.how = how
        self.batch, self.channels, height, width = x.shape
        self.size = (height - 1, width - 1) if how.smooth else (height, width)
        self.x = planes_of(x)
        # Leaky ReLU commutes with positive factors, so the gain goes to the small operands before it.
        self.factor = how.gain / SUM if how.smooth else how.gain
        self.demodulation = (demodulation * self.factor).reshape(-1, 1, 1)
        self.bias = (bias * how.gain).repeat(self.batch).reshape(-1, 1, 1)
        self.noise = None if noise is None else noise * how.gain
        self.scale = None if scale is None else scale.reshape(-1, 1, 1)

    def chunks(self) -> Iterator[slice]:
        """Ranges of planes that fit the processor cache; on a GPU one range of all planes."""
        count = len(self.x)
        step = count
        if self.x.device.type == "cpu":
            step = max(1, _CHUNK // (self.x.element_size() * self.size[0] * self.size[1]))
        return (slice(i, min(i + step, count)) for i in range(0, count, step))

    def scale_of(self, part: slice) -> Tensor:
        """Scale of the given planes, (p, 1, 1): the next layer's style; requires operands with a scale."""
        assert self.scale is not None
        return self.scale[part]

    def filtered(self, x: Tensor) -> Tensor:
        """The input planes (p, h, w), smoothed if the options ask for it."""
        return smooth_planes(x) if self.how.smooth else x

    def preactivation(self, filtered: Tensor, part: slice) -> Tensor:
        """Input of the leaky ReLU times the gain, a new tensor (p, h, w)."""
        u = (filtered * self.demodulation[part]).add_(self.bias[part])
        return u if self.noise is None else u.add_(self.noise)

    def linearized(self, part: slice) -> tuple[Tensor, Tensor, Tensor]:
        """Primal values that derivatives need, (p, h, w) each: the filtered input, y, and the slope dy / d(preactivation)."""
        filtered = self.filtered(self.x[part])
        u = self.preactivation(filtered, part)
        slope = torch.ones_like(u).masked_fill_(u <= 0, LEAKY_RELU_SLOPE)
        y = torch.nn.functional.leaky_relu_(u, LEAKY_RELU_SLOPE)
        if self.how.clamp is not None:
            slope.mul_(y.abs() <= self.how.clamp)
            y.clamp_(-self.how.clamp, self.how.clamp)
        return filtered, y, slope

    def results(self, *leading: int) -> list[Tensor]:
        """Uninitialised tensors (..., p, h, w), one per result."""
        count = self.how.unscaled + (self.scale is not None)
        return [self.x.new_empty(*leading, len(self.x), *self.size) for _ in range(count)]

    def images(self, results: list[Tensor]) -> tuple[Image, ...]:
        return tuple(value.unflatten(-3, (self.batch, self.channels)) for value in results)


def planes_of(x: Tensor) -> Tensor:
    """The feature maps as planes: (..., b, c, h, w) -> (..., b * c, h, w)."""
    return x.contiguous().flatten(-4, -3)


def epilogue(operands: Operands, how: EpilogueOptions) -> tuple[Image, ...]:
    """The results of ``plain_epilogue`` (``epilogue.py``)."""
    prepared = Prepared(operands, how)
    results = prepared.results()
    for part in prepared.chunks():
        y = prepared.preactivation(prepared.filtered(prepared.x[part]), part)
        torch.nn.functional.leaky_relu_(y, LEAKY_RELU_SLOPE)
        if how.clamp is not None:
            y.clamp_(-how.clamp, how.clamp)
        if how.unscaled:
            results[0][part] = y
        if prepared.scale is not None:
            torch.mul(y, prepared.scale[part], out=results[-1][part])
    return prepared.images(results)


def epilogue_tangents(
    dx: Tensor, ddemodulation: Tensor, dscale: Tensor, at: Operands, how: EpilogueOptions
) -> tuple[Tensor, ...]:
    """Derivatives along t tangents at one point: (t, b, c, h, w), (t, b, c), (t, b, c) -> (t, b, c, h, w) per result."""
    prepared = Prepared(at, how)
    count = dx.shape[0]
    dx = planes_of(dx)
    dd = (ddemodulation * prepared.factor).reshape(count, -1, 1, 1)
    ds = dscale.reshape(count, -1, 1, 1)
    results = prepared.results(count)
    for part in prepared.chunks():
        filtered, y, slope = prepared.linearized(part)
        if not how.unscaled:
            slope.mul_(prepared.scale_of(part))
        by_demodulation = slope * filtered
        by_x = slope.mul_(prepared.demodulation[part])
        for t in range(count):
            result = results[0][t, part]
            torch.mul(prepared.filtered(dx[t, part]), by_x, out=result)
            result.addcmul_(by_demodulation, dd[t, part])
            if how.unscaled and prepared.scale is not None:
                torch.mul(result, prepared.scale[part], out=results[1][t, part])
            if prepared.scale is not None:
                results[-1][t, part].addcmul_(y, ds[t, part])
    return prepared.images(results)


def epilogue_cotangents(
    of_unscaled: Tensor | None, of_scaled: Tensor | None, at: Operands, how: EpilogueOptions
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Gradients for t cotangents (t, b, c, h, w) per result, with respect to x (t, b, c, ...), demodulation and scale (t, b, c).

    At least one result has cotangents; the gradient by the scale is None if the scaled result has no cotangents.
    """
    first = of_scaled if of_unscaled is None else of_unscaled
    assert first is not None
    count, first = len(first), planes_of(first)
    # A result without cotangents is left out of the computation.
    how = how._replace(unscaled=of_unscaled is not None)
    prepared = Prepared(at if of_scaled is not None else at._replace(scale=None), how)
    of_unscaled = None if of_unscaled is None else planes_of(of_unscaled)
    of_scaled = None if of_scaled is None else planes_of(of_scaled)
    dx = at.x.new_empty(count, *prepared.x.shape)
    # Planes come first, in the order of the batched matrix products below.
    dd = at.x.new_empty(len(prepared.x), count)
    ds = None if of_scaled is None else torch.empty_like(dd)
    for part in prepared.chunks():
        filtered, y, slope = prepared.linearized(part)
        if of_unscaled is None:
            slope.mul_(prepared.scale_of(part))
        by_demodulation = filtered.mul_(slope) if how.smooth else filtered * slope
        by_x = slope.mul_(prepared.demodulation[part])
        if of_unscaled is not None:
            (dd[part],) = _sums([by_demodulation], of_unscaled[:, part])
        if of_scaled is not None and ds is not None:
            by_scaled, ds[part] = _sums([by_demodulation, y], of_scaled[:, part])
            if of_unscaled is None:
                dd[part] = by_scaled
            else:
                dd[part].addcmul_(by_scaled, prepared.scale_of(part).squeeze(2))
        for t in range(count):
            dy = first[t, part]
            if of_unscaled is not None and of_scaled is not None:
                dy = torch.addcmul(dy, of_scaled[t, part], prepared.scale_of(part))
            if how.smooth:
                dx[t, part] = smooth_planes_adjoint(dy * by_x)
            else:
                torch.mul(dy, by_x, out=dx[t, part])
    dd = (dd * prepared.factor).t().unflatten(1, at.demodulation.shape)
    return prepared.images([dx])[0], dd, None if ds is None else ds.t().unflatten(1, at.demodulation.shape)


def _sums(weights: list[Tensor], cotangents: Tensor) -> tuple[Tensor, ...]:
    """Sums over planes: weights (p, h, w) each and cotangents (t, p, h, w) -> (p, t) each. Each cotangent is read once."""
    products = torch.bmm(torch.stack(weights, 1).flatten(2), cotangents.flatten(2).permute(1, 2, 0))
    return products.unbind(1)

"""Epilogue of a StyleGAN2 layer as one differentiable step: smoothing, demodulation, noise, bias, leaky ReLU, next style.

Done one by one, each operation is a pass over the feature maps; at high resolutions these passes and their allocations
cost as much as the convolution. ``epilogue`` computes all of them on a few planes at a time, which stay in the processor
cache, and so do its JVP for many tangents and its VJP for many cotangents. ``plain_epilogue`` is the same function in
ordinary operations; rare derivatives (second order, by bias or noise, batches of primal values) use it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.networks.layers import LEAKY_RELU_SLOPE
from resefa.networks.stylegan2 import epilogue_kernels as kernels
from resefa.networks.stylegan2.epilogue_kernels import EpilogueOptions, Operands
from resefa.networks.stylegan2.fir import smooth
from resefa.types import Image, Latent


def epilogue(operands: Operands, how: EpilogueOptions) -> tuple[Image, ...]:
    """Epilogue of a layer: ``y = clamp(leaky_relu(x * demodulation + noise + bias) * gain)``.

    Returns y if ``how.unscaled``, then ``y * scale`` if a scale is given.
    """
    return _Epilogue.apply(how, *operands)


def plain_epilogue(operands: Operands, how: EpilogueOptions) -> tuple[Image, ...]:
    """The epilogue in ordinary PyTorch operations."""
    x = smooth(operands.x) if how.smooth else operands.x
    x = x * operands.demodulation[:, :, None, None] + operands.bias[:, None, None]
    x = x if operands.noise is None else x + operands.noise
    y = F.leaky_relu(x, LEAKY_RELU_SLOPE) * how.gain
    y = y if how.clamp is None else y.clamp(-how.clamp, how.clamp)
    unscaled = (y,) if how.unscaled else ()
    return unscaled if operands.scale is None else (*unscaled, y * operands.scale[:, :, None, None])


class Tangents(NamedTuple):
    """The tangents of the epilogue's ``Operands``, each with a leading dimension t, or None for a constant operand."""

    x: Tensor | None
    demodulation: Tensor | None
    bias: Tensor | None
    noise: Tensor | None
    scale: Tensor | None


def _plain_tangent(tangents: Tangents, at: Operands, how: EpilogueOptions) -> tuple[Image, ...]:
    """JVP of ``plain_epilogue`` for t tangents: tangents and results have a leading dimension t."""
    filtered = smooth(at.x) if how.smooth else at.x
    u = filtered * at.demodulation[:, :, None, None] + at.bias[:, None, None]
    u = u if at.noise is None else u + at.noise
    y = F.leaky_relu(u, LEAKY_RELU_SLOPE) * how.gain
    slope = torch.ones_like(u).masked_fill(u <= 0, LEAKY_RELU_SLOPE) * how.gain
    if how.clamp is not None:
        slope = slope * (y.abs() <= how.clamp)
        y = y.clamp(-how.clamp, how.clamp)
    du = u.new_zeros(())
    if tangents.x is not None:
        du = (smooth(tangents.x) if how.smooth else tangents.x) * at.demodulation[:, :, None, None]
    if tangents.demodulation is not None:
        du = du + filtered * tangents.demodulation[..., None, None]
    if tangents.bias is not None:
        du = du + tangents.bias[:, None, :, None, None]
    if tangents.noise is not None:
        du = du + tangents.noise[:, None, None]
    dy = slope * du
    unscaled = (dy,) if how.unscaled else ()
    if at.scale is None:
        return unscaled
    scaled = dy * at.scale[:, :, None, None]
    if tangents.scale is not None:
        scaled = scaled + y * tangents.scale[..., None, None]
    return (*unscaled, scaled)


def _pull(function: Any, arguments: tuple[Any, ...], cotangents: tuple[Tensor, ...]) -> tuple[Any, ...]:
    """VJP with respect to the tensors among the arguments; None for the other arguments."""
    where = [i for i, value in enumerate(arguments) if isinstance(value, Tensor)]

    def moved(*values: Tensor) -> tuple[Tensor, ...]:
        new = list(arguments)
        for i, value in zip(where, values, strict=True):
            new[i] = value
        return function(*new)

    pulled = torch.func.vjp(moved, *(arguments[i] for i in where))[1](cotangents)
    by_place = dict(zip(where, pulled, strict=True))
    return tuple(by_place.get(i) for i in range(len(arguments)))


class _Epilogue(torch.autograd.Function):
    """``epilogue`` with derivative rules; arguments: ``how``, then the operands one by one."""

    @staticmethod
    def forward(how: EpilogueOptions, *operands: Any) -> tuple[Image, ...]:
        return kernels.epilogue(Operands(*operands), how)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.how = inputs[0]
        ctx.save_for_forward(*inputs[1:])
        ctx.save_for_backward(*inputs[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    def jvp(ctx: Any, *arguments: Any) -> tuple[Image, ...]:
        tangents = arguments[1:]
        how, at = ctx.how, Operands(*ctx.saved_tensors)
        if all(value is None for value in tangents[:4]):
            # Only the scale has a tangent, so the unscaled result does not change: its zeros need no copy per tangent.
            (y,) = epilogue(at._replace(scale=None), how._replace(unscaled=True))
            scaled = y * tangents[4][:, :, None, None]
            return (torch.zeros_like(y), scaled) if how.unscaled else (scaled,)
        lifted = (None if value is None else value[None] for value in tangents)
        return tuple(value[0] for value in _EpilogueTangent.apply(ctx.how, *lifted, *ctx.saved_tensors))

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        if all(value is None for value in cotangents):
            return (None,) * 6
        how, operands = ctx.how, ctx.saved_tensors
        _, _, of_demodulation, of_bias, of_noise, of_scale = ctx.needs_input_grad
        if of_bias or of_noise:
            shown = next(value for value in cotangents if value is not None)
            filled = tuple(torch.zeros_like(shown) if value is None else value for value in cotangents)
            return (None, *_pull(lambda *values: plain_epilogue(Operands(*values), how), operands, filled))
        pair = _pair(cotangents, how)
        lifted = (None if value is None else value[None] for value in pair)
        dx, dd, *ds = (value[0] for value in _EpilogueCotangent.apply(how, *lifted, *operands))
        return None, dx, dd if of_demodulation else None, None, None, ds[0] if ds and of_scale else None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> tuple[Any, Any]:
        how, *operands = arguments

        def single(*values: Any) -> tuple[Image, ...]:
            return plain_epilogue(Operands(*values), how)

        results = torch.func.vmap(single, in_dims=in_dims[1:])(*operands)
        return results, (0,) * len(results)


class _EpilogueTangent(torch.autograd.Function):
    """JVP of ``epilogue`` for t tangents in a leading dimension; arguments: ``how``, the tangents, the operands."""

    @staticmethod
    def forward(how: EpilogueOptions, *values: Any) -> tuple[Image, ...]:
        tangents, at = Tangents(*values[:5]), Operands(*values[5:])
        if tangents.x is None or tangents.bias is not None or tangents.noise is not None:
            return _plain_tangent(tangents, at, how)
        count = tangents.x.shape[0]
        d = at.demodulation.new_zeros(count, *at.demodulation.shape)
        dd = d if tangents.demodulation is None else tangents.demodulation
        ds = d if tangents.scale is None else tangents.scale
        return kernels.epilogue_tangents(tangents.x, dd, ds, at, how)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.how = inputs[0]
        ctx.save_for_forward(*inputs[1:])
        ctx.save_for_backward(*inputs[1:])

    @staticmethod
    def jvp(ctx: Any, *arguments: Any) -> tuple[Image, ...]:
        tangents = arguments[1:]
        how, values = ctx.how, ctx.saved_tensors
        moved = [i for i, value in enumerate(tangents) if value is not None]

        def function(*chosen: Tensor) -> tuple[Image, ...]:
            new = list(values)
            for i, value in zip(moved, chosen, strict=True):
                new[i] = value
            return _plain_tangent(Tangents(*new[:5]), Operands(*new[5:]), how)

        return torch.func.jvp(function, tuple(values[i] for i in moved), tuple(tangents[i] for i in moved))[1]

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        how = ctx.how

        def function(*values: Any) -> tuple[Image, ...]:
            return _plain_tangent(Tangents(*values[:5]), Operands(*values[5:]), how)

        return (None, *_pull(function, ctx.saved_tensors, cotangents))

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> tuple[Any, Any]:
        how, *values = arguments
        tangent_dims, primal_dims = in_dims[1:6], in_dims[6:]
        if any(dim is not None for dim in primal_dims):

            def single(*each: Any) -> tuple[Image, ...]:
                return _plain_tangent(Tangents(*each[:5]), Operands(*each[5:]), how)

            results = torch.func.vmap(single, in_dims=in_dims[1:])(*values)
            return results, (0,) * len(results)
        folded = _folded(values[:5], tangent_dims, info.batch_size)
        results = _EpilogueTangent.apply(how, *folded, *values[5:])
        return tuple(value.unflatten(0, (info.batch_size, -1)) for value in results), (0,) * len(results)


def _pair(results: tuple[Any, ...], how: EpilogueOptions) -> tuple[Any, Any]:
    """The results as a pair (unscaled, scaled), with None for a result that was not requested."""
    return results[0] if how.unscaled else None, results[-1] if len(results) > how.unscaled else None


def _plain_adjoint(cotangents: tuple[Tensor | None, ...], at: Operands, how: EpilogueOptions) -> tuple[Tensor, ...]:
    """VJP of ``plain_epilogue`` with respect to x, demodulation and, if given, scale, for t cotangents in a leading dimension."""
    given = tuple(value for value in cotangents if value is not None)
    how = how._replace(unscaled=cotangents[0] is not None)
    scaled = cotangents[1] is not None

    def function(x: Image, demodulation: Latent, *scale: Latent) -> tuple[Image, ...]:
        return plain_epilogue(Operands(x, demodulation, at.bias, at.noise, scale[0] if scale else None), how)

    pull = torch.func.vjp(function, at.x, at.demodulation, *((at.scale,) if scaled else ()))[1]
    return torch.func.vmap(lambda *each: pull(each))(*given)


class _EpilogueCotangent(torch.autograd.Function):
    """VJP of ``epilogue`` for t cotangents in a leading dimension: gradients with respect to x, demodulation and, if scaled, scale.

    Arguments: ``how``, the cotangents of the unscaled and of the scaled result, either None, and the operands.
    """

    @staticmethod
    def forward(how: EpilogueOptions, *values: Any) -> tuple[Tensor, ...]:
        dx, dd, ds = kernels.epilogue_cotangents(values[0], values[1], Operands(*values[2:]), how)
        return (dx, dd) if ds is None else (dx, dd, ds)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.how = inputs[0]
        ctx.save_for_forward(*inputs[1:])
        ctx.save_for_backward(*inputs[1:])

    @staticmethod
    def jvp(ctx: Any, *arguments: Any) -> tuple[Tensor, ...]:
        tangents = arguments[1:]
        how, values = ctx.how, ctx.saved_tensors
        moved = [i for i, value in enumerate(tangents) if value is not None]

        def function(*chosen: Tensor) -> tuple[Tensor, ...]:
            new = list(values)
            for i, value in zip(moved, chosen, strict=True):
                new[i] = value
            return _plain_adjoint(tuple(new[:2]), Operands(*new[2:]), how)

        return torch.func.jvp(function, tuple(values[i] for i in moved), tuple(tangents[i] for i in moved))[1]

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        how = ctx.how

        def function(*values: Any) -> tuple[Tensor, ...]:
            return _plain_adjoint(values[:2], Operands(*values[2:]), how)

        return (None, *_pull(function, ctx.saved_tensors, cotangents))

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> tuple[Any, Any]:
        how, *values = arguments
        if any(dim is not None for dim in in_dims[3:]):

            def single(*each: Any) -> tuple[Tensor, ...]:
                return _plain_adjoint(each[:2], Operands(*each[2:]), how)

            results = torch.func.vmap(single, in_dims=in_dims[1:])(*values)
            return results, (0,) * len(results)
        folded = _folded(values[:2], in_dims[1:3], info.batch_size)
        results = _EpilogueCotangent.apply(how, *folded, *values[2:])
        return tuple(value.unflatten(0, (info.batch_size, -1)) for value in results), (0,) * len(results)


def _folded(values: Any, dims: Any, size: int) -> list[Any]:
    """Tangents or cotangents with the batch dimension of ``vmap`` folded into their leading dimension."""
    folded = []
    for value, dim in zip(values, dims, strict=True):
        if value is not None:
            value = value.expand(size, *value.shape) if dim is None else value.movedim(dim, 0)
            value = value.flatten(0, 1)
        folded.append(value)
    return folded

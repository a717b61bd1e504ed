"""What follows a convolution, in one differentiable step: smoothing, demodulation, noise, bias, leaky ReLU, next style.

Each of these is one pass over the feature maps, and at high resolutions the passes and the memory that each allocates
cost as much as the convolution. ``finish`` does them all on a few planes at a time, which stay in the cache, and so
do its derivative for many tangents and the adjoint of that for many cotangents. ``finish_plainly`` says in ordinary
operations what it computes: other derivatives (second order, by bias or noise, batches of primal values) go through that.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.networks.equalized import SLOPE
from resefa.networks.stylegan2 import epilogue_kernels
from resefa.networks.stylegan2.epilogue_kernels import Finishing
from resefa.networks.stylegan2.fir import smooth
from resefa.types import Image, Latent


class Operands(NamedTuple):
    """What ``finish`` depends on.

    Attributes:
        x: (b, c, h, w), a convolution's output, or (b, c, h + 1, w + 1) where it is to be smoothed.
        demodulation: (b, c).
        bias: (c,).
        noise: (h, w), already scaled by its strength, or None.
        scale: (b, c) the next layer's style, or None where only the unscaled result is wanted.
    """

    x: Image
    demodulation: Latent
    bias: Tensor
    noise: Tensor | None
    scale: Latent | None


def finish(operands: Operands, how: Finishing) -> tuple[Image, ...]:
    """``y = clamp(lrelu(x * demodulation + noise + bias) * gain)``: y if ``how.unscaled``, then y * scale if scaled."""
    return _Finish.apply(how, *operands)


def finish_plainly(operands: Operands, how: Finishing) -> tuple[Image, ...]:
    """The same in ordinary operations."""
    x = smooth(operands.x) if how.smooth else operands.x
    x = x * operands.demodulation[:, :, None, None] + operands.bias[:, None, None]
    x = x if operands.noise is None else x + operands.noise
    y = F.leaky_relu(x, SLOPE) * how.gain
    y = y if how.clamp is None else y.clamp(-how.clamp, how.clamp)
    unscaled = (y,) if how.unscaled else ()
    return unscaled if operands.scale is None else (*unscaled, y * operands.scale[:, :, None, None])


def _tangent_plainly(tangents: Operands, at: Operands, how: Finishing) -> tuple[Image, ...]:
    """Its derivative; ``tangents`` have a leading dimension t, (t, b, c, h, w) and so on, and so do the results."""
    filtered = smooth(at.x) if how.smooth else at.x
    u = filtered * at.demodulation[:, :, None, None] + at.bias[:, None, None]
    u = u if at.noise is None else u + at.noise
    y = F.leaky_relu(u, SLOPE) * how.gain
    slope = torch.ones_like(u).masked_fill(u <= 0, SLOPE) * how.gain
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
    """Reverse-mode derivatives with respect to those arguments that are tensors, None for the others."""
    where = [i for i, value in enumerate(arguments) if isinstance(value, Tensor)]

    def moved(*values: Tensor) -> tuple[Tensor, ...]:
        new = list(arguments)
        for i, value in zip(where, values, strict=True):
            new[i] = value
        return function(*new)

    pulled = torch.func.vjp(moved, *(arguments[i] for i in where))[1](cotangents)
    by_place = dict(zip(where, pulled, strict=True))
    return tuple(by_place.get(i) for i in range(len(arguments)))


class _Finish(torch.autograd.Function):
    """``finish`` with its derivatives; arguments are ``how`` and the operands one by one."""

    @staticmethod
    def forward(how: Finishing, *operands: Any) -> tuple[Image, ...]:
        return epilogue_kernels.finish(*operands, how=how)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.how = inputs[0]
        ctx.save_for_forward(*inputs[1:])
        ctx.save_for_backward(*inputs[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: Any) -> tuple[Image, ...]:
        how, at = ctx.how, Operands(*ctx.saved_tensors)
        if all(value is None for value in tangents[:4]):
            # No layer before this style moves, nor does the unscaled result: zeros that no tangent has copies of.
            (y,) = finish(at._replace(scale=None), how._replace(unscaled=True))
            scaled = y * tangents[4][:, :, None, None]
            return (torch.zeros_like(y), scaled) if how.unscaled else (scaled,)
        lifted = (None if value is None else value[None] for value in tangents)
        return tuple(value[0] for value in _FinishTangent.apply(ctx.how, *lifted, *ctx.saved_tensors))

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        if all(value is None for value in cotangents):
            return (None,) * 6
        how, operands = ctx.how, ctx.saved_tensors
        _, _, of_demodulation, of_bias, of_noise, of_scale = ctx.needs_input_grad
        if of_bias or of_noise:
            shown = next(value for value in cotangents if value is not None)
            filled = tuple(torch.zeros_like(shown) if value is None else value for value in cotangents)
            return (None, *_pull(lambda *values: finish_plainly(Operands(*values), how), operands, filled))
        pair = _pair(cotangents, how)
        lifted = (None if value is None else value[None] for value in pair)
        dx, dd, *ds = (value[0] for value in _FinishCotangent.apply(how, *lifted, *operands))
        return None, dx, dd if of_demodulation else None, None, None, ds[0] if ds and of_scale else None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], how: Finishing, *operands: Any) -> tuple[Any, Any]:
        def single(*values: Any) -> tuple[Image, ...]:
            return finish_plainly(Operands(*values), how)

        results = torch.func.vmap(single, in_dims=in_dims[1:])(*operands)
        return results, (0,) * len(results)


class _FinishTangent(torch.autograd.Function):
    """Tangents with a leading dimension t through ``finish``; arguments: ``how``, the tangents, the operands."""

    @staticmethod
    def forward(how: Finishing, *values: Any) -> tuple[Image, ...]:
        tangents, at = Operands(*values[:5]), Operands(*values[5:])
        if tangents.x is None or tangents.bias is not None or tangents.noise is not None:
            return _tangent_plainly(tangents, at, how)
        count = tangents.x.shape[0]
        d = at.demodulation.new_zeros(count, *at.demodulation.shape)
        return epilogue_kernels.finish_tangents(
            tangents.x,
            d if tangents.demodulation is None else tangents.demodulation,
            d if tangents.scale is None else tangents.scale,
            *at,
            how=how,
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.how = inputs[0]
        ctx.save_for_forward(*inputs[1:])
        ctx.save_for_backward(*inputs[1:])

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: Any) -> tuple[Image, ...]:
        how, values = ctx.how, ctx.saved_tensors
        moved = [i for i, value in enumerate(tangents) if value is not None]

        def function(*chosen: Tensor) -> tuple[Image, ...]:
            new = list(values)
            for i, value in zip(moved, chosen, strict=True):
                new[i] = value
            return _tangent_plainly(Operands(*new[:5]), Operands(*new[5:]), how)

        return torch.func.jvp(function, tuple(values[i] for i in moved), tuple(tangents[i] for i in moved))[1]

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        how = ctx.how

        def function(*values: Any) -> tuple[Image, ...]:
            return _tangent_plainly(Operands(*values[:5]), Operands(*values[5:]), how)

        return (None, *_pull(function, ctx.saved_tensors, cotangents))

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], how: Finishing, *values: Any) -> tuple[Any, Any]:
        tangent_dims, primal_dims = in_dims[1:6], in_dims[6:]
        if any(dim is not None for dim in primal_dims):

            def single(*each: Any) -> tuple[Image, ...]:
                return _tangent_plainly(Operands(*each[:5]), Operands(*each[5:]), how)

            results = torch.func.vmap(single, in_dims=in_dims[1:])(*values)
            return results, (0,) * len(results)
        folded = _folded(values[:5], tangent_dims, info.batch_size)
        results = _FinishTangent.apply(how, *folded, *values[5:])
        return tuple(value.unflatten(0, (info.batch_size, -1)) for value in results), (0,) * len(results)


def _pair(results: tuple[Any, ...], how: Finishing) -> tuple[Any, Any]:
    """(unscaled, scaled), None for one that ``finish`` does not give."""
    return results[0] if how.unscaled else None, results[-1] if len(results) > how.unscaled else None


def _adjoint_plainly(cotangents: tuple[Tensor | None, ...], at: Operands, how: Finishing) -> tuple[Tensor, ...]:
    """The adjoint of ``_tangent_plainly`` by x, demodulation and, where there is one, scale; with the same leading dimension."""
    given = tuple(value for value in cotangents if value is not None)
    how = how._replace(unscaled=cotangents[0] is not None)
    scaled = cotangents[1] is not None

    def function(x: Image, demodulation: Latent, *scale: Latent) -> tuple[Image, ...]:
        return finish_plainly(Operands(x, demodulation, at.bias, at.noise, scale[0] if scale else None), how)

    pull = torch.func.vjp(function, at.x, at.demodulation, *((at.scale,) if scaled else ()))[1]
    return torch.func.vmap(lambda *each: pull(each))(*given)


class _FinishCotangent(torch.autograd.Function):
    """Cotangents with a leading dimension t back through ``finish``: gradients by x, demodulation and, if scaled, scale.

    Arguments: ``how``, the cotangents of the unscaled and of the scaled result, either None, and the operands.
    """

    @staticmethod
    def forward(how: Finishing, *values: Any) -> tuple[Tensor, ...]:
        dx, dd, ds = epilogue_kernels.finish_cotangents(*values, how=how)
        return (dx, dd) if ds is None else (dx, dd, ds)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.how = inputs[0]
        ctx.save_for_forward(*inputs[1:])
        ctx.save_for_backward(*inputs[1:])

    @staticmethod
    def jvp(ctx: Any, _: None, *tangents: Any) -> tuple[Tensor, ...]:
        how, values = ctx.how, ctx.saved_tensors
        moved = [i for i, value in enumerate(tangents) if value is not None]

        def function(*chosen: Tensor) -> tuple[Tensor, ...]:
            new = list(values)
            for i, value in zip(moved, chosen, strict=True):
                new[i] = value
            return _adjoint_plainly(tuple(new[:2]), Operands(*new[2:]), how)

        return torch.func.jvp(function, tuple(values[i] for i in moved), tuple(tangents[i] for i in moved))[1]

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> tuple[Any, ...]:
        how = ctx.how

        def function(*values: Any) -> tuple[Tensor, ...]:
            return _adjoint_plainly(values[:2], Operands(*values[2:]), how)

        return (None, *_pull(function, ctx.saved_tensors, cotangents))

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], how: Finishing, *values: Any) -> tuple[Any, Any]:
        if any(dim is not None for dim in in_dims[3:]):

            def single(*each: Any) -> tuple[Tensor, ...]:
                return _adjoint_plainly(each[:2], Operands(*each[2:]), how)

            results = torch.func.vmap(single, in_dims=in_dims[1:])(*values)
            return results, (0,) * len(results)
        folded = _folded(values[:2], in_dims[1:3], info.batch_size)
        results = _FinishCotangent.apply(how, *folded, *values[2:])
        return tuple(value.unflatten(0, (info.batch_size, -1)) for value in results), (0,) * len(results)


def _folded(values: Any, dims: Any, size: int) -> list[Any]:
    """More tangents or cotangents at the same point join the ones that are there, in the leading dimension."""
    folded = []
    for value, dim in zip(values, dims, strict=True):
        if value is not None:
            value = value.expand(size, *value.shape) if dim is None else value.movedim(dim, 0)
            value = value.flatten(0, 1)
        folded.append(value)
    return folded

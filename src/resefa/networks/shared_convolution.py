"""Convolution with weights shared by all images and tangents.

PyTorch's forward-mode rule for a convolution adds the term of the weights' tangent even if the weights have none: it
convolves with zeros, which takes as long as the convolution itself. The rules here leave that term out.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn import grad

from resefa.runtime.primal_cache import kept_result
from resefa.types import Image


def convolve(x: Image, weight: Tensor, padding: int) -> Image:
    """``F.conv2d`` with stride 1: x (b, i, h, w), weight (o, i, k, k)."""
    return _Convolution.apply(x, weight, False, 1, padding)


def convolve_transposed(x: Image, weight: Tensor, stride: int, padding: int) -> Image:
    """``F.conv_transpose2d``: x (b, i, h, w), weight (i, o, k, k)."""
    return _Convolution.apply(x, weight, True, stride, padding)


def apply_convolution(layer: nn.Conv2d, x: Image) -> Image:
    """``layer(x)`` by ``convolve``, for an odd kernel, stride 1 and zeros around the image."""
    x = convolve(x, layer.weight, padding=layer.kernel_size[0] // 2)
    return x if layer.bias is None else x + layer.bias[:, None, None]


class _Convolution(torch.autograd.Function):
    """Plain or transposed convolution, bilinear in ``x`` and ``weight``."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, transposed: bool, stride: int, padding: int) -> Tensor:
        function = F.conv_transpose2d if transposed else F.conv2d
        # Every chunk of tangents convolves the same primal values.
        return kept_result(
            (transposed, stride, padding), (x, weight), lambda: function(x, weight, stride=stride, padding=padding)
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.save_for_forward(*inputs[:2])
        # Only the gradient by the weights needs the feature maps, and the weights are usually constants.
        ctx.save_for_backward(inputs[0] if ctx.needs_input_grad[1] else None, inputs[1])
        ctx.how = inputs[2:]
        ctx.set_materialize_grads(False)

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor | None) -> Tensor | None:
        dx, dweight = tangents[:2]
        x, weight = ctx.saved_tensors
        first = None if dx is None else _Convolution.apply(dx, weight, *ctx.how)
        second = None if dweight is None else _Convolution.apply(x, dweight, *ctx.how)
        return second if first is None else first if second is None else first + second

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        (cotangent,) = cotangents
        if cotangent is None:
            return (None,) * 5
        x, weight = ctx.saved_tensors
        transposed, stride, padding = ctx.how
        dx = dweight = None
        if ctx.needs_input_grad[0]:
            dx = _Convolution.apply(cotangent, weight, not transposed, stride, padding)
        if ctx.needs_input_grad[1]:
            # A transposed convolution is the adjoint: input and output change roles.
            source, target = (cotangent, x) if transposed else (x, cotangent)
            dweight = grad.conv2d_weight(source, weight.shape, target, stride=stride, padding=padding)
        return dx, dweight, None, None, None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> tuple[Tensor, int]:
        x, weight, *how = arguments
        if in_dims[1] is not None:
            plain = torch.func.vmap(lambda x, weight: _Convolution.forward(x, weight, *how), in_dims=in_dims[:2])
            return plain(x, weight), 0
        folded = x.movedim(in_dims[0], 0)
        result = _Convolution.apply(folded.flatten(0, 1), weight, *how)
        return result.unflatten(0, (info.batch_size, -1)), 0

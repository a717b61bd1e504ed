"""Modulated convolution with a constant weight and custom derivative rules.

PyTorch's rule for a convolution's tangent adds the term of the weight's tangent, zero here, at the cost of one more pass
over every tangent. The rules below are those of a linear map. The weight is a constant and gets no gradient.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


class ModulatedConvolution(torch.autograd.Function):
    """``conv(x * styles, weight)``: x (b, i, h, w), styles (b, i), weight (o, i, k, k), padding -> (b, o, h', w')."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, styles: Tensor, weight: Tensor, padding: int) -> Tensor:
        return F.conv2d(x * styles[:, :, None, None], weight, padding=padding)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, styles, weight, ctx.padding = inputs
        ctx.save_for_backward(x, styles, weight)
        ctx.save_for_forward(x, styles, weight)
        ctx.set_materialize_grads(False)

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor | None) -> Tensor | None:
        dx, dstyles = tangents[:2]
        x, styles, weight = ctx.saved_tensors
        change = None if dx is None else dx * styles[:, :, None, None]
        if dstyles is not None:
            share = x * dstyles[:, :, None, None]
            change = share if change is None else change + share
        if change is None:
            return None
        return F.conv2d(change, weight, padding=ctx.padding)

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        (grad,) = cotangents
        if grad is None:
            return None, None, None, None
        x, styles, weight = ctx.saved_tensors
        back = F.conv_transpose2d(grad, weight, padding=ctx.padding)
        return back * styles[:, :, None, None], (back * x).sum((2, 3)), None, None


def modulated_convolution(x: Tensor, styles: Tensor, weight: Tensor, padding: int = 0) -> Tensor:
    """Apply ``ModulatedConvolution``."""
    return ModulatedConvolution.apply(x, styles, weight.detach(), padding)

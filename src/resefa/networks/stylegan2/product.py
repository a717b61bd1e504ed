"""Product of small matrices and feature maps, without a copy of the maps for each tangent."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def product(matrices: Tensor, maps: Tensor) -> Tensor:
    """Matrix product (b, o, c) @ (b, c, p) -> (b, o, p)."""
    return _Product.apply(matrices, maps)


class _Product(torch.autograd.Function):
    """Matrix product whose vmap rule does not copy the maps once per tangent, as that of ``torch.matmul`` does."""

    @staticmethod
    def forward(matrices: Tensor, maps: Tensor) -> Tensor:
        return matrices @ maps

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_forward(*inputs)
        ctx.save_for_backward(*inputs)
        ctx.set_materialize_grads(False)

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor | None) -> Tensor | None:
        dmatrices, dmaps = tangents
        matrices, maps = ctx.saved_tensors
        first = None if dmatrices is None else product(dmatrices, maps)
        second = None if dmaps is None else product(matrices, dmaps)
        return second if first is None else first if second is None else first + second

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
        (cotangent,) = cotangents
        if cotangent is None:
            return None, None
        matrices, maps = ctx.saved_tensors
        of_matrices, of_maps = ctx.needs_input_grad
        return (
            product(cotangent, maps.transpose(1, 2)) if of_matrices else None,
            product(matrices.transpose(1, 2), cotangent) if of_maps else None,
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *arguments: Tensor) -> tuple[Tensor, int]:
        matrices, maps = arguments
        if in_dims[0] is not None:
            matrices = matrices.movedim(in_dims[0], 0)
        if in_dims[1] is not None:
            return matrices @ maps.movedim(in_dims[1], 0), 0
        # (v, b, o, c) to (b, v * o, c): the vmapped matrices become more rows of one matrix per image.
        rows = product(matrices.transpose(0, 1).flatten(1, 2), maps)
        return rows.unflatten(1, (info.batch_size, -1)), 1

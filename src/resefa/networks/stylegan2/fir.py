"""Low-pass filter of StyleGAN2's upsampling: the separable kernel [1, 3, 3, 1] / 8 (appendix B of the paper)."""

from __future__ import annotations

import torch
from torch import Tensor

from resefa.networks.shared_convolution import convolve, convolve_transposed
from resefa.types import Image

TAPS = (1.0, 3.0, 3.0, 1.0)
SUM = 16.0
"""Factor of ``smooth_planes`` over ``smooth``: integer taps (8 x 8), divided by 4 for doubling both sides."""


def kernel(like: Tensor) -> Tensor:
    """Filter (1, 1, 4, 4) with sum 4, which compensates for the zeros inserted when both sides double."""
    taps = torch.tensor(TAPS, dtype=like.dtype, device=like.device) / 4
    return (taps[:, None] * taps)[None, None]


def upsample(x: Image) -> Image:
    """Insert zeros and filter, with zeros outside the image: (b, c, h, w) -> (b, c, 2h, 2w)."""
    planes = x.reshape(-1, 1, *x.shape[2:])
    return convolve_transposed(planes, kernel(x), stride=2, padding=1).reshape(*x.shape[:2], -1, 2 * x.shape[3])


def smooth(x: Tensor) -> Tensor:
    """Filter the output of a transposed 3 x 3 convolution whose input is (h, w): (..., 2h + 1, 2w + 1) -> (..., 2h, 2w)."""
    planes = x.reshape(-1, 1, *x.shape[-2:])
    return convolve(planes, kernel(x), padding=1).reshape(*x.shape[:-2], x.shape[-2] - 1, x.shape[-1] - 1)


def smooth_planes(x: Tensor) -> Tensor:
    """``SUM`` times ``smooth``, for planes that fit the processor cache: (p, h + 1, w + 1) -> (p, h, w).

    Since [1, 3, 3, 1] = [1, 1] * [1, 2, 1], sums of neighbours suffice, much faster than a convolution per channel.
    """
    return _smooth_side(_smooth_side(x, 2), 1)


def _smooth_side(x: Tensor, side: int) -> Tensor:
    """``smooth_planes`` along one dimension, n + 1 -> n."""
    n = x.shape[side] - 1
    shape = list(x.shape)
    shape[side] = n + 2
    # Sums of neighbours, with a zero before the first and after the last value.
    pairs = x.new_empty(shape)
    torch.add(x.narrow(side, 0, n), x.narrow(side, 1, n), out=pairs.narrow(side, 1, n))
    pairs.select(side, 0).copy_(x.select(side, 0))
    pairs.select(side, n + 1).copy_(x.select(side, n))
    return (pairs.narrow(side, 0, n) + pairs.narrow(side, 2, n)).add_(pairs.narrow(side, 1, n), alpha=2)


def smooth_planes_adjoint(g: Tensor) -> Tensor:
    """Adjoint of ``smooth_planes``, also by sums of neighbours: (p, h, w) -> (p, h + 1, w + 1)."""
    return _smooth_side_adjoint(_smooth_side_adjoint(g, 1), 2)


def _smooth_side_adjoint(g: Tensor, side: int) -> Tensor:
    """``smooth_planes_adjoint`` along one dimension, n -> n + 1."""
    n = g.shape[side]
    shape = list(g.shape)
    shape[side] = n + 3
    # Sums of neighbours, of which one may lie outside, with a zero before the first and after the last value.
    pairs = g.new_empty(shape)
    torch.add(g.narrow(side, 0, n - 1), g.narrow(side, 1, n - 1), out=pairs.narrow(side, 2, n - 1))
    pairs.select(side, 0).zero_()
    pairs.select(side, 1).copy_(g.select(side, 0))
    pairs.select(side, n + 1).copy_(g.select(side, n - 1))
    pairs.select(side, n + 2).zero_()
    return (pairs.narrow(side, 0, n + 1) + pairs.narrow(side, 2, n + 1)).add_(pairs.narrow(side, 1, n + 1), alpha=2)

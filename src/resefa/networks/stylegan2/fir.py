"""Low-pass filtering around upsampling: the separable kernel [1, 3, 3, 1] / 8 of StyleGAN2, appendix B."""

from __future__ import annotations

import torch
from torch import Tensor

from resefa.networks.shared_convolution import convolve, convolve_transposed
from resefa.types import Image

TAPS = (1.0, 3.0, 3.0, 1.0)
SUM = 16.0
"""Of ``smooth_planes``: its taps in whole numbers (8 x 8), over the factor 4 that a doubling of both sides costs."""


def kernel(like: Tensor) -> Tensor:
    """(1, 1, 4, 4), its sum 4: zeros inserted by a doubling of both sides cost a factor of 4."""
    taps = torch.tensor(TAPS, dtype=like.dtype, device=like.device) / 4
    return (taps[:, None] * taps)[None, None]


def upsample(x: Image) -> Image:
    """(b, c, h, w) -> (b, c, 2h, 2w): zeros inserted, then filtered; zeros outside the image."""
    planes = x.reshape(-1, 1, *x.shape[2:])
    return convolve_transposed(planes, kernel(x), stride=2, padding=1).reshape(*x.shape[:2], -1, 2 * x.shape[3])


def smooth(x: Tensor) -> Tensor:
    """(..., 2h + 1, 2w + 1), what a transposed 3 x 3 convolution makes of (h, w) -> (..., 2h, 2w)."""
    planes = x.reshape(-1, 1, *x.shape[-2:])
    return convolve(planes, kernel(x), padding=1).reshape(*x.shape[:-2], x.shape[-2] - 1, x.shape[-1] - 1)


def smooth_planes(x: Tensor) -> Tensor:
    """(p, h + 1, w + 1) -> (p, h, w): ``SUM`` times what ``smooth`` does, for planes that fit the cache.

    Since [1, 3, 3, 1] = [1, 1] * [1, 2, 1], sums of neighbours do it, much faster than a convolution per channel.
    """
    return _smooth_side(_smooth_side(x, 2), 1)


def _smooth_side(x: Tensor, side: int) -> Tensor:
    """One dimension of it, n + 1 -> n."""
    n = x.shape[side] - 1
    shape = list(x.shape)
    shape[side] = n + 2
    # Neighbours' sums, with a zero before the first and behind the last.
    pairs = x.new_empty(shape)
    torch.add(x.narrow(side, 0, n), x.narrow(side, 1, n), out=pairs.narrow(side, 1, n))
    pairs.select(side, 0).copy_(x.select(side, 0))
    pairs.select(side, n + 1).copy_(x.select(side, n))
    return (pairs.narrow(side, 0, n) + pairs.narrow(side, 2, n)).add_(pairs.narrow(side, 1, n), alpha=2)


def smooth_planes_adjoint(g: Tensor) -> Tensor:
    """(p, h, w) -> (p, h + 1, w + 1): the adjoint of ``smooth_planes``, by sums of neighbours as well."""
    return _smooth_side_adjoint(_smooth_side_adjoint(g, 1), 2)


def _smooth_side_adjoint(g: Tensor, side: int) -> Tensor:
    """One dimension of it, n -> n + 1."""
    n = g.shape[side]
    shape = list(g.shape)
    shape[side] = n + 3
    # Neighbours' sums over all places where there is one of the two, with a zero before the first and behind the last.
    pairs = g.new_empty(shape)
    torch.add(g.narrow(side, 0, n - 1), g.narrow(side, 1, n - 1), out=pairs.narrow(side, 2, n - 1))
    pairs.select(side, 0).zero_()
    pairs.select(side, 1).copy_(g.select(side, 0))
    pairs.select(side, n + 1).copy_(g.select(side, n - 1))
    pairs.select(side, n + 2).zero_()
    return (pairs.narrow(side, 0, n + 1) + pairs.narrow(side, 2, n + 1)).add_(pairs.narrow(side, 1, n + 1), alpha=2)

"""Nearest-neighbour upsampling and a 3 x 3 convolution in one: ProGAN and StyleGAN1."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def doubling_kernel(weight: Tensor, flipped: bool) -> Tensor:
    """(o, i, 3, 3) -> (i, o, 4, 4) for a transposed convolution of stride 2 and padding 1.

    That does what doubling every pixel and then convolving does, with 16 products per input pixel instead of 36. The
    "fused" layers of NVIDIA's networks are defined as such a transposed convolution, which turns their kernel around:
    ``flipped``.
    """
    weight = weight.transpose(0, 1)
    if not flipped:
        weight = weight.flip(2, 3)
    padded = F.pad(weight, (1, 1, 1, 1))
    rows = padded[:, :, 1:] + padded[:, :, :-1]
    return (rows[..., 1:] + rows[..., :-1]).contiguous()

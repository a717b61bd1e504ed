"""What ProGAN brought in and the StyleGANs kept: vectors and weights at unit scale (Karras et al., ICLR 2018, section 4)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resefa.networks.shared_convolution import convolve
from resefa.types import Image

SLOPE = 0.2
"""Of the leaky ReLU."""


def unit_power(x: Tensor) -> Tensor:
    """(b, c, ...): the vector of channels at each place, or a code, scaled to mean square 1 ("pixel norm")."""
    return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()


class PlainToRGB(nn.Module):
    """(b, inputs, h, w) -> (b, channels, h, w), without a style: ProGAN's and StyleGAN1's."""

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.gain = 1 / math.sqrt(inputs)

    def forward(self, x: Image) -> Image:
        return convolve(x, self.weight * self.gain, padding=0) + self.bias[:, None, None]


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

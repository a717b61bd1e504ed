"""Layers of ProGAN that the StyleGANs also use: pixel norm, a plain ToRGB, nearest-neighbour upsampling fused with a convolution.

Weights are stored with equalized learning rate: each layer multiplies its weight by 1 / sqrt(fan-in) in every pass
(Karras et al., "Progressive growing of GANs", ICLR 2018, section 4.1).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resefa.networks.shared_convolution import convolve
from resefa.types import Image

LEAKY_RELU_SLOPE = 0.2
LEAKY_RELU_GAIN = math.sqrt(2)
"""Factor after the leaky ReLU of StyleGAN2 and StyleGAN3: the output has the mean square of the input."""


def pixel_norm(x: Tensor) -> Tensor:
    """Scale each pixel's vector of channels, or a latent code, to mean square 1: (b, c, ...) -> the same shape."""
    return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()


class PlainToRGB(nn.Module):
    """ToRGB of ProGAN and StyleGAN1, without a style: (b, inputs, h, w) -> (b, channels, h, w)."""

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.gain = 1 / math.sqrt(inputs)

    def forward(self, x: Image) -> Image:
        return convolve(x, self.weight * self.gain, padding=0) + self.bias[:, None, None]


def doubling_kernel(weight: Tensor, flipped: bool) -> Tensor:
    """Kernel of a transposed convolution that upsamples and convolves in one step: (o, i, 3, 3) -> (i, o, 4, 4).

    With stride 2 and padding 1 the result equals nearest-neighbour upsampling followed by the 3 x 3 convolution, with 16
    multiplications per input pixel instead of 36. NVIDIA's "fused" layers store the kernel of the transposed convolution,
    which is spatially flipped: ``flipped=True``.
    """
    weight = weight.transpose(0, 1)
    if not flipped:
        weight = weight.flip(2, 3)
    padded = F.pad(weight, (1, 1, 1, 1))
    rows = padded[:, :, 1:] + padded[:, :, :-1]
    return (rows[..., 1:] + rows[..., :-1]).contiguous()

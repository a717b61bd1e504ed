"""Synthesis layers of lucidrains/stylegan2-pytorch.

Styles are deviations from 1; weights are stored without equalized learning rate. As in resefa's other StyleGAN2 the
activations are scaled, not the weights: ``conv(x * (1 + s), W) * ((1 + s)^2 . sum_k W^2 + eps)^-1/2``.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resefa.networks.derived import Derived
from resefa.networks.layers import LEAKY_RELU_SLOPE
from resefa.networks.shared_convolution import convolve
from resefa.networks.stylegan2.product import product
from resefa.types import Image, Latent


class ModulatedLayer(Derived):
    """Modulated convolution: x (b, inputs, h, w), style (b, inputs), noise (h, w) -> (b, outputs, h, w).

    Each channel has a noise strength and an offset; the offset is the layer's only bias.
    """

    def __init__(self, inputs: int, outputs: int, w_dim: int) -> None:
        super().__init__()
        self.affine = nn.Linear(w_dim, inputs)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3) / (9 * inputs) ** 0.5)
        self.noise_weight = nn.Parameter(torch.zeros(outputs))
        self.noise_bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("power", torch.empty(outputs, inputs), persistent=False)
        self.first_refresh()

    def refresh(self) -> None:
        """Recompute the sums of squared weights over the kernel, (outputs, inputs)."""
        with torch.no_grad():
            self.power = self.weight.detach().square().sum(dim=(2, 3))

    def forward(self, x: Image, style: Latent, noise: Tensor) -> Image:
        scale = style + 1
        demodulation = (scale.square() @ self.power.t() + 1e-8).rsqrt()
        x = convolve(x * scale[:, :, None, None], self.weight, padding=1) * demodulation[:, :, None, None]
        return F.leaky_relu(
            x + (self.noise_weight[:, None, None] * noise + self.noise_bias[:, None, None]), LEAKY_RELU_SLOPE
        )


class ToRGB(nn.Module):
    """Modulated 1 x 1 convolution to colours without demodulation and bias: (b, inputs, h, w) -> (b, channels, h, w)."""

    def __init__(self, inputs: int, channels: int, w_dim: int) -> None:
        super().__init__()
        self.affine = nn.Linear(w_dim, inputs)
        self.weight = nn.Parameter(torch.randn(channels, inputs, 1, 1) / inputs**0.5)

    def forward(self, x: Image, style: Latent) -> Image:
        # With few outputs, scaling one small matrix per image is cheaper than scaling the activations.
        matrix = self.weight[None, :, :, 0, 0] * (style + 1)[:, None]
        return product(matrix, x.flatten(2)).unflatten(2, x.shape[2:])


def doubled(x: Image) -> Image:
    """Bilinear upsampling: (b, c, h, w) -> (b, c, 2h, 2w)."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def blurred(x: Image) -> Image:
    """Filter (b, c, h, w) with [1, 2, 1] / 4 along both axes, mirrored at the borders."""
    taps = torch.tensor((0.25, 0.5, 0.25), dtype=x.dtype, device=x.device)
    planes = F.pad(x.reshape(-1, 1, *x.shape[2:]), (1, 1, 1, 1), mode="reflect")
    return convolve(planes, (taps[:, None] * taps)[None, None], padding=0).reshape(x.shape)

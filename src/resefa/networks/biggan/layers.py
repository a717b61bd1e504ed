"""Blocks of BigGAN: Brock, Donahue and Simonyan, "Large scale GAN training for high fidelity natural image synthesis",
ICLR 2019, section 3 and figure 15. Frozen batch norm is one affine map ``x * a + b``."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from resefa.types import Latent


class ConditionalNorm(nn.Module):
    """Batch norm whose gain (around 1) and bias are linear in the conditioning vector."""

    stored_mean: Tensor
    stored_var: Tensor

    def __init__(self, channels: int, condition_dim: int, eps: float) -> None:
        super().__init__()
        self.gain = nn.Linear(condition_dim, channels, bias=False)
        self.bias = nn.Linear(condition_dim, channels, bias=False)
        self.register_buffer("stored_mean", torch.zeros(channels))
        self.register_buffer("stored_var", torch.ones(channels))
        self.eps = eps

    def forward(self, x: Tensor, condition: Latent) -> Tensor:
        gain = (1 + self.gain(condition)) * torch.rsqrt(self.stored_var + self.eps)  # (b, c)
        bias = self.bias(condition) - self.stored_mean * gain
        return torch.addcmul(bias[:, :, None, None], x, gain[:, :, None, None])


class PlainNorm(nn.Module):
    """Batch norm with one learned gain and bias, before the last convolution."""

    stored_mean: Tensor
    stored_var: Tensor

    def __init__(self, channels: int, eps: float) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("stored_mean", torch.zeros(channels))
        self.register_buffer("stored_var", torch.ones(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        gain = self.gain * torch.rsqrt(self.stored_var + self.eps)  # (c,)
        bias = self.bias - self.stored_mean * gain
        return torch.addcmul(bias[:, None, None], x, gain[:, None, None])


class GeneratorBlock(nn.Module):
    """Residual block with upsampling by 2: (b, inputs, h, w) -> (b, outputs, 2h, 2w)."""

    def __init__(self, inputs: int, outputs: int, condition_dim: int, eps: float) -> None:
        super().__init__()
        self.bn1 = ConditionalNorm(inputs, condition_dim, eps)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.bn2 = ConditionalNorm(outputs, condition_dim, eps)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv_sc = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, condition: Latent) -> Tensor:
        y = self.conv1(enlarge(self.bn1(x, condition).relu()))
        y = self.conv2(self.bn2(y, condition).relu())
        # A 1 x 1 convolution commutes with repeating pixels; before the repetition it has four times fewer pixels.
        return y + enlarge(self.conv_sc(x))


def enlarge(x: Tensor) -> Tensor:
    """Repeat each pixel: (b, c, h, w) -> (b, c, 2h, 2w)."""
    return functional.interpolate(x, scale_factor=2, mode="nearest")

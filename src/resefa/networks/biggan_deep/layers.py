"""Blocks of BigGAN-deep: Brock, Donahue and Simonyan, "Large scale GAN training for high fidelity natural image
synthesis", ICLR 2019, appendix B and figure 16.

Batch norm is frozen: its statistics were measured at ``n_stats`` truncations from 0 to 1. With fixed statistics it is one
affine map ``x * a + b`` per image and channel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from resefa.errors import UsageError
from resefa.types import Latent


class TruncationStatistics(nn.Module):
    """Batch-norm statistics per channel at one truncation, interpolated between two rows of the stored tables."""

    running_means: Tensor
    running_vars: Tensor

    def __init__(self, channels: int, n_stats: int) -> None:
        super().__init__()
        self.register_buffer("running_means", torch.zeros(n_stats, channels))
        self.register_buffer("running_vars", torch.ones(n_stats, channels))

    def statistics(self, truncation: float) -> tuple[Tensor, Tensor]:
        """Mean and variance at the chosen truncation, (c,) each.

        The published code weights the lower row with the distance from the lower row, the reverse of linear interpolation,
        and divides by a rounded step. Both are reproduced here, so that images equal those of the published code.

        Raises:
            UsageError: the truncation lies outside (0, 1].
        """
        if not 0 < truncation <= 1:
            raise UsageError(f"truncation is {truncation}; expected a number above 0 and at most 1.")
        step = 1.0 / (self.running_means.shape[0] - 1)
        fraction, whole = math.modf(truncation / step)
        row = int(whole)
        if fraction == 0.0:
            return self.running_means[row], self.running_vars[row]
        mean = self.running_means[row] * fraction + self.running_means[row + 1] * (1 - fraction)
        variance = self.running_vars[row] * fraction + self.running_vars[row + 1] * (1 - fraction)
        return mean, variance


class ConditionalNorm(TruncationStatistics):
    """Batch norm whose gain (around 1) and bias are linear in the conditioning vector."""

    def __init__(self, channels: int, condition_dim: int, n_stats: int, eps: float) -> None:
        super().__init__(channels, n_stats)
        self.scale = nn.Linear(condition_dim, channels, bias=False)
        self.offset = nn.Linear(condition_dim, channels, bias=False)
        self.eps = eps

    def forward(self, x: Tensor, condition: Latent, truncation: float) -> Tensor:
        mean, variance = self.statistics(truncation)
        gain = (1 + self.scale(condition)) * torch.rsqrt(variance + self.eps)  # (b, c)
        bias = self.offset(condition) - mean * gain
        return torch.addcmul(bias[:, :, None, None], x, gain[:, :, None, None])


class PlainNorm(TruncationStatistics):
    """Batch norm with one learned gain and bias, before the last convolution."""

    def __init__(self, channels: int, n_stats: int, eps: float) -> None:
        super().__init__(channels, n_stats)
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: Tensor, truncation: float) -> Tensor:
        mean, variance = self.statistics(truncation)
        gain = self.weight * torch.rsqrt(variance + self.eps)  # (c,)
        bias = self.bias - mean * gain
        return torch.addcmul(bias[:, None, None], x, gain[:, None, None])


class GeneratorBlock(nn.Module):
    """Bottleneck residual block: 1 x 1, two 3 x 3 and 1 x 1 convolutions, each after conditional norm and ReLU.

    The skip connection has no convolution: it drops the last channels if there are fewer outputs, and repeats pixels to upsample.
    """

    def __init__(self, inputs: int, outputs: int, up: bool, config: Mapping[str, Any]) -> None:
        super().__init__()
        middle = inputs // config["reduction"]
        condition_dim, n_stats, eps = config["z_dim"] + config["class_dim"], config["n_stats"], config["eps"]
        self.up = up
        self.outputs = outputs
        self.bn_0 = ConditionalNorm(inputs, condition_dim, n_stats, eps)
        self.conv_0 = nn.Conv2d(inputs, middle, 1)
        self.bn_1 = ConditionalNorm(middle, condition_dim, n_stats, eps)
        self.conv_1 = nn.Conv2d(middle, middle, 3, padding=1)
        self.bn_2 = ConditionalNorm(middle, condition_dim, n_stats, eps)
        self.conv_2 = nn.Conv2d(middle, middle, 3, padding=1)
        self.bn_3 = ConditionalNorm(middle, condition_dim, n_stats, eps)
        self.conv_3 = nn.Conv2d(middle, outputs, 1)

    def forward(self, x: Tensor, condition: Latent, truncation: float) -> Tensor:
        skip = x[:, : self.outputs]
        y = self.conv_0(self.bn_0(x, condition, truncation).relu())
        y = self.bn_1(y, condition, truncation).relu()
        if self.up:
            y, skip = enlarge(y), enlarge(skip)
        y = self.conv_1(y)
        y = self.conv_2(self.bn_2(y, condition, truncation).relu())
        return self.conv_3(self.bn_3(y, condition, truncation).relu()) + skip


def enlarge(x: Tensor) -> Tensor:
    """Repeat each pixel: (b, c, h, w) -> (b, c, 2h, 2w)."""
    return functional.interpolate(x, scale_factor=2, mode="nearest")

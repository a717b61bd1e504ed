"""Attention at linear cost: Shen et al., "Efficient attention: attention with linear complexities", WACV 2021, section 3.

As in lucidrains/stylegan2-pytorch since version 1.8.0: queries by a 1 x 1 convolution, keys and values by a depthwise 3 x 3 and a
1 x 1 convolution, GELU before the output convolution, then a feed-forward step; both steps are residual.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resefa.networks.layers import LEAKY_RELU_SLOPE
from resefa.networks.shared_convolution import apply_convolution, convolve
from resefa.types import Image

HEADS = 8
_EPS = 1e-5


class ChannelNorm(nn.Module):
    """Normalise the channels of each pixel to mean 0 and variance 1, then apply gain and offset per channel: (b, c, h, w)."""

    def __init__(self, channels: int, eps_on_deviation: bool) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))
        self.offset = nn.Parameter(torch.zeros(channels))
        self.eps_on_deviation = eps_on_deviation

    def forward(self, x: Image) -> Image:
        x = x - x.mean(dim=1, keepdim=True)
        variance = x.square().mean(dim=1, keepdim=True)
        # Before version 1.8.8 epsilon was added to the standard deviation.
        deviation = variance.sqrt() + _EPS if self.eps_on_deviation else (variance + _EPS).sqrt()
        return x / deviation * self.gain[:, None, None] + self.offset[:, None, None]


class LinearAttention(nn.Module):
    """Linear attention with ``inner`` channels split among the heads: (b, c, h, w) -> the same shape."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(inner, channels, 1, 1) / channels**0.5)
        self.depthwise = nn.Parameter(torch.randn(channels, 1, 3, 3) / 3)
        self.key_value = nn.Parameter(torch.randn(2 * inner, channels, 1, 1) / channels**0.5)
        self.out = nn.Conv2d(inner, channels, 1)

    def forward(self, x: Image) -> Image:
        spread = F.conv2d(x, self.depthwise, padding=1, groups=x.shape[1])
        queries = self._heads(convolve(x, self.query, padding=0))
        keys, values = (self._heads(half) for half in convolve(spread, self.key_value, padding=0).chunk(2, dim=1))
        # (b, heads, d, h w): the softmax of queries runs over the d channels, that of keys over the pixels.
        queries = queries.softmax(dim=2) * queries.shape[2] ** -0.5
        context = keys.softmax(dim=3) @ values.transpose(2, 3)
        mixed = (context.transpose(2, 3) @ queries).flatten(1, 2).unflatten(2, x.shape[2:])
        return apply_convolution(self.out, F.gelu(mixed))

    @staticmethod
    def _heads(x: Image) -> Tensor:
        """Split channels into heads: (b, heads d, h, w) -> (b, heads, d, h w)."""
        return x.unflatten(1, (HEADS, -1)).flatten(3)


class Attention(nn.Module):
    """Residual attention, then two residual 1 x 1 convolutions with leaky ReLU between: (b, c, h, w) -> the same shape."""

    def __init__(self, channels: int, inner: int, eps_on_deviation: bool) -> None:
        super().__init__()
        self.norm = ChannelNorm(channels, eps_on_deviation)
        self.mix = LinearAttention(channels, inner)
        self.feed_norm = ChannelNorm(channels, eps_on_deviation)
        self.widen = nn.Conv2d(channels, 2 * channels, 1)
        self.narrow = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, x: Image) -> Image:
        x = x + self.mix(self.norm(x))
        y = apply_convolution(self.widen, self.feed_norm(x))
        y = apply_convolution(self.narrow, F.leaky_relu(y, LEAKY_RELU_SLOPE))
        return x + y

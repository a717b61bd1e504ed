"""Self-attention of image generators: Zhang et al., "Self-attention generative adversarial networks", ICML 2019, section 3.

As in BigGAN, keys and values are max-pooled by 2, the softmax runs over key positions, and a learned gain scales
the residual. Spectral norm is folded into the weights beforehand.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class SelfAttention(nn.Module):
    """Residual self-attention, (b, c, h, w) -> the same shape; queries and keys have c/8 channels, values c/2."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.theta = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.phi = nn.Conv2d(channels, channels // 8, 1, bias=False)
        self.g = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.o = nn.Conv2d(channels // 2, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        queries = self.theta(x).flatten(2)  # (b, c/8, h w)
        keys = functional.max_pool2d(self.phi(x), 2).flatten(2)  # (b, c/8, h w / 4)
        values = functional.max_pool2d(self.g(x), 2).flatten(2)  # (b, c/2, h w / 4)
        attention = torch.matmul(queries.transpose(1, 2), keys).softmax(dim=-1)  # (b, h w, h w / 4)
        mixed = torch.matmul(values, attention.transpose(1, 2)).unflatten(2, x.shape[2:])
        # The gain multiplies the small weight rather than the whole feature map.
        return x + functional.conv2d(mixed, self.gamma * self.o.weight)

"""DCGAN generator: Radford, Metz, Chintala, "Unsupervised representation learning with deep convolutional generative
adversarial networks", ICLR 2016.

A code z is a 1 x 1 image of n channels; transposed convolutions enlarge it. Batch normalisation and ReLU follow each of
them but the last, which tanh follows. The configuration sets depth, widths and kernels, and other activations than the
paper's: leaky ReLU, and sigmoid or none at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from resefa.types import Image, Latent


class Layer(nn.Module):
    """One layer: transposed convolution, then batch normalisation and ReLU, or tanh on the last layer."""

    def __init__(self, config: Mapping[str, Any], i: int) -> None:
        super().__init__()
        widths = [config["latent"], *config["widths"], config["channels"]]
        bias = config["bias"]
        self.conv = nn.ConvTranspose2d(
            widths[i],
            widths[i + 1],
            config["kernels"][i],
            config["strides"][i],
            config["paddings"][i],
            output_padding=config["output_paddings"][i] if "output_paddings" in config else 0,
            bias=bias[i] if isinstance(bias, list) else bias,
        )
        self.norm = None if i == len(widths) - 2 else nn.BatchNorm2d(widths[i + 1])
        self.last: str = config.get("last_activation", "tanh")
        self.slope: float = config.get("negative_slope", 0.0)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if self.norm is not None:
            x = self.norm(x)
            return F.leaky_relu(x, self.slope) if self.slope else x.relu()
        # (0, 1) mapped to (-1, 1).
        return x.tanh() if self.last == "tanh" else 2 * x.sigmoid() - 1 if self.last == "sigmoid" else x


class DCGANNetwork(nn.Module):
    """DCGAN's generator: latent codes (b, n) -> images (b, c, h, w) in [-1, 1]."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        layers = [Layer(config, i) for i in range(len(config["kernels"]))]
        self.layers = nn.ModuleList(layers)
        side = 1
        for layer, padding in zip(layers, config["paddings"], strict=True):
            conv = layer.conv
            side = (side - 1) * conv.stride[0] - 2 * padding + conv.kernel_size[0] + conv.output_padding[0]
        self.resolution = (side, side)

    def forward(self, z: Latent) -> Image:
        x = z[:, :, None, None]
        for layer in self.layers:
            x = layer(x)
        return x

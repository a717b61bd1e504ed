"""DCGAN generator: Radford, Metz, Chintala, "Unsupervised representation learning with deep convolutional generative
adversarial networks", ICLR 2016.

A code z is a 1 x 1 image of n channels; transposed convolutions enlarge it, each but the last followed by batch
normalisation and ReLU, the last by tanh. Any depth, width and kernel: they follow from the configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from resefa.tensor_types import Image, Latent


class Layer(nn.Module):
    """Transposed convolution, then batch normalisation and ReLU, or tanh on the last layer."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int, padding: int, bias: bool, last: bool
    ) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding, bias=bias)
        self.norm = None if last else nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return x.tanh() if self.norm is None else self.norm(x).relu()


class DCGANNetwork(nn.Module):
    """(b, n) codes -> (b, c, h, w) images in [-1, 1]."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        widths = [config["latent"], *config["widths"], config["channels"]]
        self.layers = nn.ModuleList(
            Layer(
                widths[i],
                widths[i + 1],
                config["kernels"][i],
                config["strides"][i],
                config["paddings"][i],
                bias=config["bias"],
                last=i == len(widths) - 2,
            )
            for i in range(len(widths) - 1)
        )

    def forward(self, z: Latent) -> Image:
        x = z[:, :, None, None]
        for layer in self.layers:
            x = layer(x)
        return x

"""StyleGAN1's mapping network z -> w: Karras et al., "A style-based generator architecture for generative adversarial
networks", CVPR 2019, section 2."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resefa.networks.layers import LEAKY_RELU_GAIN, LEAKY_RELU_SLOPE, pixel_norm
from resefa.types import Latent


class Dense(nn.Module):
    """Dense layer with equalized learning rate (ProGAN, section 4.1): (b, inputs) -> (b, outputs).

    Unlike in StyleGAN2, the gain of the following activation applies to the weights but not to the bias.
    """

    def __init__(self, inputs: int, outputs: int, gain: float = 1.0, multiplier: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / multiplier)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.gain = gain * multiplier / math.sqrt(inputs)
        self.multiplier = multiplier

    def forward(self, x: Latent) -> Latent:
        return F.linear(x * self.gain, self.weight, self.bias * self.multiplier)


class Embedding(nn.Module):
    """Linear embedding of one-hot labels without gain or bias: (b, label_dim) -> (b, z_dim)."""

    def __init__(self, label_dim: int, z_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(z_dim, label_dim))

    def forward(self, label: Tensor) -> Latent:
        return F.linear(label, self.weight)


class MappingNetwork(nn.Module):
    """Mapping network: code (b, z_dim) and label (b, label_dim), concatenated, pixel norm, ``fc0`` ... ``fcN`` -> (b, w_dim)."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        z_dim, label_dim = config["z_dim"], config["label_dim"]
        self.embed = Embedding(label_dim, z_dim) if label_dim else None
        widths = [2 * z_dim if label_dim else z_dim, *config["mapping_widths"]]
        self.depth = len(widths) - 1
        for i in range(self.depth):
            self.add_module(f"fc{i}", Dense(widths[i], widths[i + 1], LEAKY_RELU_GAIN, config["lr_multiplier"]))
        self.register_buffer("w_avg", torch.zeros(config["w_dim"]))

    def forward(self, z: Latent, label: Latent | None = None) -> Latent:
        x = z
        if self.embed is not None:
            if label is None:
                raise ValueError(
                    "label is None, but this network is conditional; give one-hot labels of shape (b, label_dim)"
                )
            x = torch.cat([x, self.embed(label)], dim=1)
        x = pixel_norm(x)
        for i in range(self.depth):
            x = F.leaky_relu(self.get_submodule(f"fc{i}")(x), LEAKY_RELU_SLOPE)
        return x

"""Mapping network z -> w of StyleGAN2: Karras et al., "A style-based generator architecture for GANs", CVPR 2019, section 2."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from resefa.networks.layers import LEAKY_RELU_GAIN, LEAKY_RELU_SLOPE, pixel_norm
from resefa.networks.stylegan1.mapping import Embedding
from resefa.types import Latent


class Dense(nn.Module):
    """Dense layer with equalized learning rate (ProGAN, section 4.1): (b, inputs) -> (b, outputs)."""

    def __init__(self, inputs: int, outputs: int, multiplier: float = 1.0) -> None:
        super().__init__()
        weight = torch.randn(outputs, inputs)
        self.weight = nn.Parameter(weight if multiplier == 1 else weight / multiplier)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.gain = multiplier / math.sqrt(inputs)
        self.multiplier = multiplier

    def forward(self, x: Latent) -> Latent:
        # The gain multiplies the small operand, so that the weights are never copied.
        return F.linear(x * self.gain, self.weight, self.bias * self.multiplier)


class MappingNetwork(nn.Module):
    """Mapping network: code (b, z_dim) and label (b, label_dim), pixel norm, ``fc0`` ... ``fcN`` -> w (b, w_dim).

    Labels pass through ``embed``, the linear embedding of StyleGAN2-ADA; code and label are normalised separately and
    concatenated. With ``joint`` in the configuration (StyleGAN2 before ADA) the embedding is StyleGAN1's, and code and
    label are normalised together.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        widths = [config["z_dim"] + config["embed_dim"], *config["mapping_widths"]]
        self.joint: bool = config.get("joint", False)
        self.embed = None
        if config["label_dim"]:
            self.embed = (Embedding if self.joint else Dense)(config["label_dim"], config["embed_dim"])
        self.depth = len(widths) - 1
        for i in range(self.depth):
            self.add_module(f"fc{i}", Dense(widths[i], widths[i + 1], config["lr_multiplier"]))
        self.register_buffer("w_avg", torch.zeros(config["w_dim"]))

    def forward(self, z: Latent, label: Latent | None = None) -> Latent:
        x = z if self.joint else pixel_norm(z)
        if self.embed is not None:
            if label is None:
                raise ValueError(
                    "label is None, but this network is conditional; give one-hot labels of shape (b, label_dim)"
                )
            embedded = self.embed(label)
            x = torch.cat([x, embedded if self.joint else pixel_norm(embedded)], dim=1)
        if self.joint:
            x = pixel_norm(x)
        for i in range(self.depth):
            x = F.leaky_relu(self.get_submodule(f"fc{i}")(x), LEAKY_RELU_SLOPE) * LEAKY_RELU_GAIN
        return x

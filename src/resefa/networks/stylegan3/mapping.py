"""Mapping network z -> w (Karras et al., "Alias-Free Generative Adversarial Networks", NeurIPS 2021, appendix D)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resefa.errors import LatentError
from resefa.networks.layers import LEAKY_RELU_GAIN, LEAKY_RELU_SLOPE, pixel_norm
from resefa.types import Latent


class Affine(nn.Module):
    """Dense layer with equalized learning rate, (b, inputs) -> (b, outputs): stored weights are scaled in every pass."""

    def __init__(self, inputs: int, outputs: int, lr_multiplier: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.weight_gain = lr_multiplier / math.sqrt(inputs)
        self.bias_gain = lr_multiplier

    def forward(self, x: Latent) -> Latent:
        return F.linear(x, self.weight * self.weight_gain, self.bias * self.bias_gain)


class Mapping(nn.Module):
    """Mapping network: code (b, z_dim), one-hot label (b, label_dim) -> w (b, w_dim), by dense layers with leaky ReLU."""

    w_avg: Tensor

    def __init__(self, z_dim: int, label_dim: int, w_dim: int, depth: int, lr_multiplier: float) -> None:
        super().__init__()
        self.label_dim = label_dim
        self.depth = depth
        self.embed = Affine(label_dim, w_dim) if label_dim else None
        for i in range(depth):
            inputs = w_dim if i else z_dim + (w_dim if label_dim else 0)
            self.add_module(f"fc{i}", Affine(inputs, w_dim, lr_multiplier))
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(self, z: Latent, label: Latent | None = None) -> Latent:
        x = pixel_norm(z)
        if self.embed is not None:
            if label is None or label.shape[-1] != self.label_dim:
                given = "none was given" if label is None else f"the label has length {label.shape[-1]}"
                raise LatentError(f"This network needs a one-hot label of length {self.label_dim}, but {given}.")
            x = torch.cat([x, pixel_norm(self.embed(label.to(x.dtype)))], dim=1)
        for i in range(self.depth):
            x = F.leaky_relu(self.get_submodule(f"fc{i}")(x), LEAKY_RELU_SLOPE) * LEAKY_RELU_GAIN
        return x

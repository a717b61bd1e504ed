"""Mapping network z -> w of lucidrains/stylegan2-pytorch, and the centre of W."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from resefa.networks.derived import Derived
from resefa.networks.layers import LEAKY_RELU_SLOPE
from resefa.types import Latent

CODES = 2000
"""Number of random codes over which the training code averages w in each run; the average is not saved."""


class MappingNetwork(Derived):
    """Mapping network: z normalised to length 1, then ``depth`` layers with leaky ReLU without gain, (b, n) -> (b, n).

    Weights and biases, stacked over the layers, are stored divided by ``lr_mlp``. ``w_avg`` (n,), which files do not store, is
    the mean over ``CODES`` fixed codes.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        depth, width = config["depth"], config["w_dim"]
        self.weight = nn.Parameter(torch.randn(depth, width, width))
        self.bias = nn.Parameter(torch.zeros(depth, width))
        self.multiplier: float = config["lr_mlp"]
        self.register_buffer("w_avg", torch.zeros(width), persistent=False)
        self.first_refresh()

    def refresh(self) -> None:
        """Recompute the centre of W from the weights."""
        codes = torch.from_numpy(np.random.RandomState(0).randn(CODES, self.weight.shape[2])).to(self.weight)
        with torch.no_grad():
            self.w_avg = self(codes).mean(dim=0)

    def forward(self, z: Latent, label: Latent | None = None) -> Latent:
        x = F.normalize(z, dim=1)
        for weight, bias in zip(self.weight, self.bias, strict=True):
            # The multiplier is applied to the small operands, so that the weights are never copied.
            x = F.leaky_relu(F.linear(x * self.multiplier, weight, bias * self.multiplier), LEAKY_RELU_SLOPE)
        return x

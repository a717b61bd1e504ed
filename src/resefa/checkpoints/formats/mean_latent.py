"""The centre of W for files that lack it: the mean of many mapped codes, as the projects that wrote them compute it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

CODES = 4096
"""As many as rosinality's and MMGeneration's own samplers draw."""
NOTE = f"the file has no average of W: it is the mean of {CODES} mapped codes of a fixed seed"


def mean_latent(tensors: Mapping[str, Tensor], lr_multiplier: float) -> Tensor:
    """(w_dim,), of an unconditional StyleGAN2's ``mapping.fc0.weight`` and so on."""
    depth = sum(key.startswith("mapping.fc") and key.endswith(".weight") for key in tensors)
    first = tensors["mapping.fc0.weight"]
    dtype = torch.promote_types(first.dtype, torch.float32)
    x = torch.randn(CODES, first.shape[1], generator=torch.Generator().manual_seed(0)).to(dtype)
    x = x * x.square().mean(dim=1, keepdim=True).rsqrt()
    for i in range(depth):
        weight, bias = (tensors[f"mapping.fc{i}.{part}"].to(dtype) for part in ("weight", "bias"))
        x = F.linear(x * (lr_multiplier / math.sqrt(weight.shape[1])), weight, bias * lr_multiplier)
        x = F.leaky_relu(x, 0.2) * math.sqrt(2)
    return x.mean(dim=0).to(first.dtype)

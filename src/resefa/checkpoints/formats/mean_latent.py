"""Centre of W for files that do not store it: the mean of many mapped latent codes, as the original projects compute it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.errors import ModelError

CODES = 4096
"""Number of codes, as in the samplers of rosinality and MMGeneration."""
_WIDEST = 8192
NOTE = f"the file has no average of W; the mean of {CODES} mapped codes of a fixed seed was used"


def mean_latent(tensors: Mapping[str, Tensor], lr_multiplier: float, name: str, late_gain: bool = True) -> Tensor:
    """Mean of W, (w_dim,), from the mapping layers ``mapping.fc0.weight`` ... of an unconditional network.

    Args:
        late_gain: apply the gain after the activation, as in StyleGAN2, not with the weights, as in StyleGAN1.

    Raises:
        ModelError: the shapes of the layers do not fit together.
    """
    widest = max(
        (max(value.shape, default=0) for key, value in tensors.items() if key.startswith("mapping.")), default=0
    )
    if widest > _WIDEST:
        raise ModelError(f"{name} has a mapping network of width {widest}; at most {_WIDEST} is supported.")
    try:
        return _mean(tensors, lr_multiplier, late_gain)
    except (RuntimeError, IndexError, KeyError, ZeroDivisionError) as error:
        raise ModelError(
            f"{name}: the outputs of a mapping layer do not match the inputs of the next: download the file again."
        ) from error


def _mean(tensors: Mapping[str, Tensor], lr_multiplier: float, late_gain: bool) -> Tensor:
    before, after = (1.0, math.sqrt(2)) if late_gain else (math.sqrt(2), 1.0)
    depth = sum(key.startswith("mapping.fc") and key.endswith(".weight") for key in tensors)
    first = tensors["mapping.fc0.weight"]
    dtype = torch.promote_types(first.dtype, torch.float32)
    x = torch.randn(CODES, first.shape[1], generator=torch.Generator().manual_seed(0)).to(dtype)
    x = x * x.square().mean(dim=1, keepdim=True).rsqrt()
    for i in range(depth):
        weight, bias = (tensors[f"mapping.fc{i}.{part}"].to(dtype) for part in ("weight", "bias"))
        x = F.linear(x * (before * lr_multiplier / math.sqrt(weight.shape[1])), weight, bias * lr_multiplier)
        x = F.leaky_relu(x, 0.2) * after
    return x.mean(dim=0).to(first.dtype)

"""Jacobians like those of generators."""

from __future__ import annotations

import torch
from torch import Tensor


def jacobian(m: int, n: int, power: float, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Singular values that fall as a power, as those of generators do."""
    random = torch.Generator().manual_seed(seed)
    left = torch.randn(m, n, generator=random, dtype=torch.float64) / m**0.5
    right = torch.linalg.qr(torch.randn(n, n, generator=random, dtype=torch.float64)).Q
    return ((left * torch.arange(1, n + 1, dtype=torch.float64) ** -power) @ right).to(dtype)

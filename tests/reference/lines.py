"""Directions compared as lines, since their signs mean nothing."""

from __future__ import annotations

from torch import Tensor


def lines_apart(a: Tensor, b: Tensor) -> float:
    """Greatest sine between rows as lines."""
    a, b = a.double(), b.double()
    return float((1 - ((a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1))).square()).clamp_min(0).sqrt().max())

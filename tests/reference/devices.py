"""The devices that the contract suites run on, and what each can do."""

from __future__ import annotations

import torch

DEVICES = {"cpu": lambda: True, "cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
PRESENT = [name for name, is_present in DEVICES.items() if is_present()]


def finest_dtype(device: str) -> torch.dtype:
    """float64; float32 on MPS, which has no float64."""
    return torch.float32 if device == "mps" else torch.float64


def tolerance(device: str, value: float) -> float:
    """A tolerance of a float64 computation, or of one in float32 on MPS."""
    return max(value, 1e-3) if device == "mps" else value

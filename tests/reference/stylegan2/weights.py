"""Random weights that both sides of a comparison draw alike: StyleGAN1, 2 and ProGAN, by this project's tensor names.

Rule: the tensor ``key`` is ``RandomState(crc32(key)).randn(*shape) * scale + offset``, both by its name.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor


def drawn(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """The tensors of a network, in float64."""
    return {key: _tensor(key, tuple(shape)) for key, shape in shapes.items() if not key.endswith("resample_filter")}


def _tensor(key: str, shape: tuple[int, ...]) -> Tensor:
    scale, offset = 1.0, 0.0
    if ".fc" in key:
        scale = 100.0 if key.endswith("weight") else 10.0  # Stored divided by the learning rate multiplier, 0.01.
    elif key.endswith("affine.bias"):
        scale, offset = 0.2, 1.0
    elif key.endswith(("bias", "noise_strength", "w_avg")):
        scale = 0.2
    values = np.random.RandomState(zlib.crc32(key.encode())).randn(*shape) * scale + offset
    return torch.as_tensor(values, dtype=torch.float64).reshape(shape)

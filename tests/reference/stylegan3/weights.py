"""The rule by which the reference run and the tests draw the same weights of a StyleGAN3 generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor


def drawn(shapes: Mapping[str, Sequence[int]], seed: int) -> dict[str, Tensor]:
    """Float64 tensors, names in sorted order, one generator for all; filters are not drawn but saved with the reference.

    Scales are those of a trained network: dense mapping layers hold weights of 1 / 0.01, affine biases lie about 1 (the
    input's about an upright pose), magnitudes about 1, frequencies within the input's band.
    """
    random = np.random.RandomState(seed)
    tensors = {}
    for name in sorted(shapes):
        values = random.randn(*shapes[name]) if shapes[name] else np.asarray(random.randn())
        if name.startswith("mapping.fc"):
            values = values * (100 if name.endswith("weight") else 10)
        elif name == "synthesis.input.affine.bias":
            values = 0.3 * values + np.array([1.0, 0.0, 0.0, 0.0])
        elif name.endswith("affine.bias"):
            values = 1 + 0.2 * values
        elif name.endswith("magnitude_ema"):
            values = np.exp(0.3 * values)
        elif name.endswith("transform"):
            values = np.eye(3) + 0.1 * values * np.array([[1.0], [1.0], [0.0]])
        elif name.endswith("bias"):
            values = 0.3 * values
        tensors[name] = torch.tensor(values, dtype=torch.float64)
    return tensors

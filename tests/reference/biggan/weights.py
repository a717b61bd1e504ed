"""The rule by which both sides of the frozen comparisons draw the same weights, so that files need not hold them.

For each key, numpy's ``RandomState((crc32(key) + seed) mod 2^32).standard_normal(shape)`` in float64, then by kind:
variances 1 + 0.3 x^2, means 0.3 x, one-axis biases 0.1 x, one-axis weights and gains 1 + 0.1 x, attention's gamma
0.5 + 0.1 x, class embeddings x, other matrices x / sqrt(inputs). Counters are 7. Spectral-norm vectors are drawn, then
taken through two power steps with their weight, so that they are an estimate, as saved ones are, and not the answer.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

FOLDER = Path(__file__).parent.parent


def seeded_state(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Tensor]:
    """Key -> shape, as a checkpoint has them; returns the float64 tensors."""
    drawn = {key: _draw(key, tuple(shapes[key]), seed) for key in sorted(shapes)}
    for key in sorted(shapes):
        stem, _, leaf = key.rpartition(".")
        if leaf in ("weight_u", "u0"):
            weight = drawn[f"{stem}.weight_orig" if leaf == "weight_u" else f"{stem}.weight"]
            matrix = weight.reshape(weight.shape[0], -1)
            u = drawn[key].ravel()
            for _ in range(2):
                v = matrix.T @ u
                v /= np.linalg.norm(v)
                u = matrix @ v
                u /= np.linalg.norm(u)
            drawn[key] = u.reshape(shapes[key])
            if leaf == "weight_u":
                drawn[f"{stem}.weight_v"] = v
    return {key: torch.from_numpy(value) for key, value in drawn.items()}


def _draw(key: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    x = np.asarray(np.random.RandomState((zlib.crc32(key.encode()) + seed) % 2**32).standard_normal(shape))
    leaf = key.rpartition(".")[2]
    if leaf == "accumulation_counter":
        return np.full(shape, 7.0)
    if leaf.endswith(("_var", "_vars")):
        return 1 + 0.3 * x**2
    if leaf.endswith(("_mean", "_means")):
        return 0.3 * x
    if leaf == "gamma":
        return np.asarray(0.5 + 0.1 * x)
    if key in ("embeddings.weight", "shared.weight"):
        return x
    if len(shape) == 1:
        return 0.1 * x if leaf == "bias" else 1 + 0.1 * x
    return x / np.sqrt(np.prod(shape[1:]))


def frozen(family: str, name: str) -> tuple[dict[str, Tensor], dict[str, Tensor], dict]:
    """A frozen configuration: (checkpoint tensors drawn anew, stored inputs and outputs, its metadata)."""
    with safe_open(FOLDER / family / f"{name}.safetensors", "pt") as file:
        metadata = {key: json.loads(value) for key, value in file.metadata().items()}
        stored = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    return seeded_state(metadata["shapes"], metadata["seed"]), stored, metadata

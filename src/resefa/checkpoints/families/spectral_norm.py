"""Spectral norm folded into weights: Miyato et al., "Spectral normalization for generative adversarial networks", ICLR 2018.

A layer trained with it divides its weight by an estimate of the largest singular value. When the network is frozen the
estimate is a constant, and the weight can be divided once. Two estimates are in circulation, and each is followed to the
letter, in float64, so that a folded network is what the training code computes in evaluation mode:

- PyTorch's: ``sigma = u^T W v`` with both saved vectors, nothing iterated.
- ajbrock/BigGAN-PyTorch's: one step of the power method from the saved u, whose result evaluation does not save. From
  ``v = W^T u / |W^T u|`` it takes ``u' = W v / |W v|`` and ``sigma = u'^T W v``, which is the length of W v.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from resefa.errors import ModelError, printable


def fold_saved_vectors(weight: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """Weight (outputs, ...) with saved u (outputs,) and v (the rest,) -> weight / (u^T W v)."""
    matrix = weight.double().flatten(1)
    return _divided(weight, torch.dot(u.double(), torch.mv(matrix, v.double())))


def fold_power_step(weight: Tensor, u: Tensor, eps: float) -> Tensor:
    """Weight (outputs, ...) with saved u (1, outputs) -> weight / sigma; ``eps`` is the least length divided by."""
    matrix = weight.double().flatten(1)
    v = torch.mv(matrix.T, u.double().flatten())
    product = torch.mv(matrix, v / v.norm().clamp_min(eps))
    return _divided(weight, torch.dot(product, product / product.norm().clamp_min(eps)))


def folded_or_refused(fold: Callable[..., Tensor], key: str, name: str, weight: Tensor, *rest: Any) -> Tensor:
    """``fold(weight, *rest)``, before any shape was checked.

    Raises:
        ModelError: the vectors do not fit the weight.
    """
    try:
        return fold(weight, *rest)
    except (RuntimeError, IndexError) as error:
        raise ModelError(
            f"{name}: the tensor {printable(key)} of shape {tuple(weight.shape)} does not fit its spectral norm's vectors."
        ) from error


def _divided(weight: Tensor, sigma: Tensor) -> Tensor:
    # Half precision would lose what float64 won.
    kept = weight.dtype if weight.dtype in (torch.float32, torch.float64) else torch.float32
    return (weight.double() / sigma).to(kept)

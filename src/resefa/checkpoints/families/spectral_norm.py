"""Folding of spectral norm into weights: Miyato et al., "Spectral normalization for generative adversarial networks", ICLR 2018.

A layer with spectral norm divides its weight by an estimate of the largest singular value. In a frozen network the estimate
is a constant, so the weight is divided once. Two estimates are common. Both are reproduced exactly, in float64, so that the
folded network equals the training code in evaluation mode:

- PyTorch: ``sigma = u^T W v`` with both saved vectors, without iteration.
- ajbrock/BigGAN-PyTorch: one step of the power method from the saved u. From ``v = W^T u / |W^T u|`` follow
  ``u' = W v / |W v|`` and ``sigma = u'^T W v``, the length of W v.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from resefa.errors import ModelError, printable


def fold_saved_vectors(weight: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """Fold PyTorch's spectral norm: weight (outputs, ...), saved u (outputs,) and v (rest,) -> weight / (u^T W v)."""
    matrix = weight.double().flatten(1)
    return _divided(weight, torch.dot(u.double(), torch.mv(matrix, v.double())))


def fold_power_step(weight: Tensor, u: Tensor, eps: float) -> Tensor:
    """Fold BigGAN's spectral norm: weight (outputs, ...), saved u (1, outputs) -> weight / sigma; ``eps`` is the least divisor."""
    matrix = weight.double().flatten(1)
    v = torch.mv(matrix.T, u.double().flatten())
    product = torch.mv(matrix, v / v.norm().clamp_min(eps))
    return _divided(weight, torch.dot(product, product / product.norm().clamp_min(eps)))


def folded_or_refused(fold: Callable[..., Tensor], key: str, name: str, weight: Tensor, *rest: Any) -> Tensor:
    """``fold(weight, *rest)`` for tensors whose shapes are not yet checked.

    Raises:
        ModelError: the vectors do not fit the weight.
    """
    try:
        return fold(weight, *rest)
    except (RuntimeError, IndexError) as error:
        raise ModelError(
            f"{name}: the tensor {printable(key)} of shape {tuple(weight.shape)} does not fit its saved spectral-norm vectors: download the file again."
        ) from error


def _divided(weight: Tensor, sigma: Tensor) -> Tensor:
    # Half precision would lose the accuracy of float64.
    kept = weight.dtype if weight.dtype in (torch.float32, torch.float64) else torch.float32
    return (weight.double() / sigma).to(kept)

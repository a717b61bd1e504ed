"""A digest that tells one set of weights from another, stored with every result."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor


def tensors_fingerprint(tensors: Mapping[str, Tensor]) -> str:
    """sha256 over names, shapes and float32 values, whatever device or precision the tensors are moved to before.

    Take it once, when weights arrive: a later cast to half precision changes the values and so the digest.
    """
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu()
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.to(torch.float32).contiguous().numpy().data)
    return digest.hexdigest()

"""A digest that tells one set of weights from another, stored with every result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from resefa.area_average import area_average
from resefa.types import Image

_SAMPLES = 64
"""Values of each tensor that are looked at for changes."""
_LEVELS = 64
"""Levels of grey: far coarser than rounding, so that the digest is the same on another machine."""


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


def wrapped_fingerprint(weights: str, settings: Any, images: Image) -> str:
    """sha256 of a network that somebody wrote: the digest of its weights, its settings (for JSON), and how two images look.

    Attributes and closures decide an image too, and cannot be listed: where they show in the colours of a quarter of the
    image, the digest is another.
    """
    look = area_average(images.detach().cpu().double(), (min(2, images.shape[2]), min(2, images.shape[3])))
    levels = (look * (_LEVELS / 2)).round().to(torch.int64).flatten().tolist()
    facts = json.dumps([weights, settings, levels])
    return hashlib.sha256(facts.encode()).hexdigest()


def weights_mark(tensors: Mapping[str, Tensor]) -> str:
    """A cheap digest that changes when weights are trained or replaced: a few values of each, and PyTorch's count of changes."""
    digest = hashlib.sha256()
    samples = []
    for name in sorted(tensors):
        tensor = tensors[name].detach()
        count = None if tensor.is_inference() else tensors[name]._version
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}{count}".encode())
        if tensor.numel():
            samples.append(tensor.reshape(-1)[:: max(1, tensor.numel() // _SAMPLES)].double().cpu())
    if samples:
        digest.update(torch.cat(samples).numpy().data)
    return digest.hexdigest()

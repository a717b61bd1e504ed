"""Fingerprint of weights, a digest stored with every result."""

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
"""Values of each tensor that the check for changes reads."""
_LEVELS = 64
"""Grey levels of the image digest: far coarser than rounding, so that it is equal on all machines."""


def tensors_fingerprint(tensors: Mapping[str, Tensor]) -> str:
    """sha256 over names, shapes and float32 values, independent of the device.

    Compute it once, when the weights are loaded: a later cast to half precision changes the values and the digest.
    """
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu()
        digest.update(f"{name}{tuple(tensor.shape)}".encode())
        digest.update(tensor.to(torch.float32).contiguous().numpy().data)
    return digest.hexdigest()


def wrapped_fingerprint(weights: str, settings: Any, images: Image) -> str:
    """sha256 of a wrapped network: the digest of its weights, its settings (for JSON), and the colours of two images.

    Attributes and closures also affect an image and cannot be listed; the digest changes if they change the colours of a
    quarter of the image.
    """
    look = area_average(images.detach().cpu().double(), (min(2, images.shape[2]), min(2, images.shape[3])))
    levels = (look * (_LEVELS / 2)).round().to(torch.int64).flatten().tolist()
    facts = json.dumps([weights, settings, levels])
    return hashlib.sha256(facts.encode()).hexdigest()


def weights_mark(tensors: Mapping[str, Tensor]) -> str:
    """Cheap digest that detects training or replacement of weights: a few values of each, and PyTorch's version counters."""
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

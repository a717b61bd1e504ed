"""A searched subspace in a file, for the next region, the next run, or a search that was interrupted."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from resefa.files import write_bytes
from resefa.solvers.subspace import Subspace

_KIND = "resefa subspace"
_CLOSE = 1e-8


def save_subspace(subspace: Subspace, path: str | Path) -> None:
    """Write basis and images as safetensors.

    Raises:
        OutputError: it cannot be written.
    """
    facts = {"kind": _KIND, "spent": json.dumps([subspace.forward, subspace.reverse])}
    tensors = {"basis": subspace.basis.contiguous(), "images": subspace.images.cpu().contiguous()}
    write_bytes(path, save(tensors, facts))


def restore_subspace(subspace: Subspace, path: str | Path) -> bool:
    """Fill an empty subspace with what ``save_subspace`` wrote; False where the file is missing, damaged or another's."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata() or {}
            forward, reverse = json.loads(facts["spent"])
            basis, images = file.get_tensor("basis"), file.get_tensor("images")
    except (SafetensorError, OSError, KeyError, ValueError, TypeError):
        return False
    m, n = subspace.shape
    p = len(basis)
    fits = (
        facts.get("kind") == _KIND
        and basis.dtype == torch.float64
        and basis.shape == (p, n)
        and images.shape == (p, m)
        and images.dtype == subspace.dtype
        and type(forward) is type(reverse) is int
        and bool(torch.isfinite(images).all())
        and float((basis @ basis.T - torch.eye(p, dtype=torch.float64)).abs().max() if p else 0.0) < _CLOSE
    )
    if fits:
        subspace.restore(basis, images, forward, reverse)
    return fits

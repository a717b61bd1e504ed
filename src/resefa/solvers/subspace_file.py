"""Files of searched subspaces, for the next region, the next run, or an interrupted search."""

from __future__ import annotations

from pathlib import Path

import msgspec
import torch

from resefa.runtime.image_probe import Probe
from resefa.runtime.sealed_file import read_sealed, values_of, write_sealed
from resefa.solvers.subspace import Subspace

_KIND = "resefa subspace"
_CLOSE = 1e-8


class _Spent(msgspec.Struct):
    forward: int
    reverse: int


def save_subspace(subspace: Subspace, path: str | Path, probe: Probe) -> None:
    """Write basis and images as safetensors, with a probe that identifies the image function.

    Raises:
        OutputError: it cannot be written.
    """
    spent = {"forward": subspace.forward, "reverse": subspace.reverse}
    write_sealed(path, _KIND, {"basis": subspace.basis, "images": subspace.images}, spent, probe)


def restore_subspace(subspace: Subspace, path: str | Path, probe: Probe) -> bool:
    """Fill an empty subspace from a file written by ``save_subspace``; False if the file is missing, damaged or for a different image."""
    if (found := read_sealed(path, _KIND)) is None:
        return False
    tensors, facts, made = found
    if set(tensors) != {"basis", "images"} or not probe.agrees(made):
        return False
    basis, images = tensors["basis"], tensors["images"]
    (m, n), p = subspace.shape, len(basis)
    try:
        spent = msgspec.json.decode(facts, type=_Spent)
    except msgspec.MsgspecError:
        return False
    fits = (
        values_of(basis, (p, n), torch.float64)
        and values_of(images, (p, m), subspace.dtype)
        and float((basis @ basis.T - torch.eye(p, dtype=torch.float64)).abs().max() if p else 0.0) < _CLOSE
    )
    if fits:
        subspace.restore(basis, images, spent.forward, spent.reverse)
    return fits

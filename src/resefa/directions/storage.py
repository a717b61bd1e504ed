"""Directions to and from disk, by content on reading and by the file's ending on writing."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch

from resefa.directions.directions import Directions, Provenance
from resefa.directions.file_format import from_bytes, to_bytes
from resefa.errors import DirectionsError
from resefa.files import write_bytes

NUMPY_MAGIC = b"\x93NUMPY"
LARGEST_FILE = 4 * 2**30


def save_directions(directions: Directions, path: str | Path) -> None:
    """Write ``.safetensors`` (all) or ``.npy`` (the bare (k, n) float32 array), whole or not at all.

    Raises:
        DirectionsError: another ending.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix == ".safetensors":
        write_bytes(path, to_bytes(directions))
    elif path.suffix == ".npy":
        buffer = io.BytesIO()
        np.save(buffer, directions.vectors.detach().cpu().float().numpy(), allow_pickle=False)
        write_bytes(path, buffer.getvalue())
    else:
        raise DirectionsError(
            f"{path.name} ends in {path.suffix or 'nothing'}: directions are saved as .safetensors or .npy."
        )


def load_directions(path: str | Path) -> Directions:
    """Read either kind, told apart by content.

    Raises:
        DirectionsError: missing, damaged, or of another layout.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise DirectionsError(f"{path.name} has {path.stat().st_size:,} bytes: no directions file is that large.")
        data = path.read_bytes()
    except OSError as error:
        raise DirectionsError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    return _from_array(data, path.name) if data.startswith(NUMPY_MAGIC) else from_bytes(data, path.name)


def _from_array(data: bytes, name: str) -> Directions:
    """A bare array: (k, n), one direction (n,), or (k, 1, n) as some tools write it. Rows are brought to unit length."""
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError) as error:
        raise DirectionsError(f"{name} is damaged, or an array of objects, which would run code: not read.") from error
    if array.dtype.kind not in "fiu":
        raise DirectionsError(f"{name} holds values of type {array.dtype}: expected numbers.")
    if array.ndim == 3 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2 or 0 in array.shape:
        raise DirectionsError(f"{name} has shape {array.shape}: expected (k, n), one direction per row.")
    vectors = torch.from_numpy(np.ascontiguousarray(array, dtype=np.float64))
    if not bool(torch.isfinite(vectors).all()):
        raise DirectionsError(f"{name} contains NaN or infinity: find the directions anew.")
    lengths = vectors.norm(dim=1, keepdim=True)
    if bool((lengths == 0).any()):
        raise DirectionsError(f"{name} has a direction of all zeros (row {int((lengths == 0).nonzero()[0, 0])}).")
    return Directions((vectors / lengths).float(), provenance=Provenance(method="imported", region=Path(name).stem))

"""Masks: regions painted in an array, a picture or a file. Bright pixels are edited."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from resefa.area_average import area_average_weights
from resefa.errors import RegionError, printable
from resefa.files.input_file import read_input
from resefa.files.numpy_file import MAGIC, npz_keys, read_npy, read_npz
from resefa.files.picture_file import MOST_BYTES, MOST_PIXELS, decoded
from resefa.regions.annotations import annotated, looks_like_json
from resefa.regions.mask_greys import weights_of_levels, weights_of_numbers
from resefa.regions.mask_pictures import painted_weights
from resefa.regions.operations import Expression
from resefa.regions.quoting import Source, written_file_name
from resefa.regions.weights import check_aspect
from resefa.types import PixelWeights

_ZIP = b"PK\x03\x04"
_STRIP = 1024


@dataclass(frozen=True)
class Mask(Expression):
    """Painted weights of any size, resized to an image with the same aspect ratio by area averaging.

    A file is read once, when the region is made. Two masks are equal if their file names and contents are.

    Attributes:
        path: the file's name as the user gave it, None for an array.
        digest: fingerprint of the weights.
        values: (h, w) weights in [0, 1].
    """

    path: str | None
    digest: str
    values: Tensor = field(compare=False, repr=False)

    def raster(self, height: int, width: int) -> PixelWeights:
        check_aspect(self.values.shape, height, width, Source(self.path).name)
        return area_average_weights(self.values, height, width)

    @property
    def text(self) -> str:
        if self.path is not None:
            return written_file_name(self.path)
        return f"mask[{short_form(self.values.shape, self.digest)}]"


def mask(source: Any) -> Expression:
    """A mask from an (h, w) array or tensor, a PIL picture, or the path of a file.

    A file is a picture, a NumPy array, or the JSON of labelme or COCO. An array has bool values, floating-point values in
    [0, 1], or whole numbers with 255 for white. A label map or a photograph is refused.

    Raises:
        RegionError: the file cannot be read, or its content is not a mask; the message describes the content.
    """
    if isinstance(source, str | os.PathLike):
        return _from_file(os.fspath(source))
    if isinstance(source, Image.Image):
        values = painted_weights(source, Source())
    else:
        values = _from_array(as_array(source, "The mask"), Source())
    return Mask(None, fingerprint(values), torch.tensor(values))  # a copy: the caller may write to the array later


def _from_file(path: str) -> Expression:
    data, source = read_input(path, MOST_BYTES, raises=RegionError), Source(path)
    if looks_like_json(data):
        return annotated(data, path)
    if is_array_file(data):
        values = _from_array(as_array(read_array(data, path), source.name), source)
    else:
        values = painted_weights(decoded(data, path, raises=RegionError, single=True), source)
    values = np.array(values)  # arrays from a file are read-only
    return Mask(path, fingerprint(values), torch.from_numpy(values))


def _from_array(values: np.ndarray, source: Source) -> np.ndarray:
    if np.issubdtype(values.dtype, np.floating):
        return weights_of_numbers(values, source).astype(np.float64)
    if values.dtype == np.bool_:
        return values.astype(np.float64)
    if np.issubdtype(values.dtype, np.integer):
        full = 65535 if values.dtype.itemsize > 1 and values.max() > 255 else 255
        return weights_of_levels(values, full, source).astype(np.float64)
    raise source.refusal(f"has values of type {values.dtype}", "give bool, uint8, or floating-point values in [0, 1]")


def is_array_file(data: bytes) -> bool:
    """Whether the bytes are a ``.npy`` or ``.npz`` file."""
    return data.startswith((MAGIC, _ZIP))


def read_array(data: bytes, path: str) -> np.ndarray:
    """Read the array in a ``.npy`` file, or in an ``.npz`` file with one array. Pickles are refused.

    Raises:
        RegionError: the file is damaged, contains several arrays, or has more values than a picture may have pixels.
    """
    name = printable(path, 160)
    if data.startswith(MAGIC):
        array = read_npy(data, name, raises=RegionError)
    else:
        file = io.BytesIO(data)
        keys = npz_keys(file, name, raises=RegionError) or []
        if len(keys) != 1:
            found = f"{len(keys)} arrays ({', '.join(printable(key, 40) for key in keys[:8])})" if keys else "no array"
            raise RegionError(f"{name} contains {found}; save only the mask with numpy.save.")
        [array] = read_npz(file, len(data), name, raises=RegionError, most=MOST_PIXELS * 8).values()
    if not 0 < array.size <= MOST_PIXELS:
        raise RegionError(f"{name} has shape {array.shape}; give a mask with 1 to {MOST_PIXELS:,} pixels.")
    return array


def as_array(source: Any, name: str) -> np.ndarray:
    """Convert an array or tensor to a NumPy array (h, w), dropping axes of length 1; ``name`` is for messages.

    Raises:
        RegionError: neither an array nor a tensor, other axes, or an empty array.
    """
    if isinstance(source, Tensor):
        source = source.detach().cpu()
        source = (source.double() if source.is_floating_point() else source).numpy()
    if not isinstance(source, np.ndarray):
        raise RegionError(
            f"{name} has type {type(source).__name__}; give an array or tensor (height, width), a picture, or a file's path."
        )
    found = source
    while found.ndim > 2 and found.shape[0] == 1:
        found = found[0]
    if found.ndim == 3 and found.shape[2] == 1:
        found = found[..., 0]
    if found.ndim != 2 or found.size == 0:
        raise RegionError(f"{name} has shape {source.shape}; {_remedy(found)}.")
    return found


def _remedy(found: np.ndarray) -> str:
    if found.ndim == 3 and found.shape[0] > 1 and found.shape[2] > 4:
        return f"give one of these {found.shape[0]} masks, for example masks[0], or their union"
    if found.ndim == 3 and found.shape[2] in (3, 4):
        return "give one value per pixel (height, width) instead of colours"
    return "give one value per pixel (height, width)"


def fingerprint(values: np.ndarray, dtype: type | None = None) -> str:
    """SHA-256 (hexadecimal) of an array's type, shape and values, after conversion to ``dtype`` if given."""
    kind = np.dtype(dtype or values.dtype)
    digest = hashlib.sha256(f"{kind.str}{values.shape}".encode())
    for start in range(0, len(values), _STRIP):
        digest.update(np.ascontiguousarray(values[start : start + _STRIP], kind).data)
    return digest.hexdigest()


def short_form(shape: Sequence[int], digest: str) -> str:
    """Size and first digits of the fingerprint, for display: ``64x64 sha256:ab12cd34``."""
    return f"{shape[0]}x{shape[1]} sha256:{digest[:8]}"

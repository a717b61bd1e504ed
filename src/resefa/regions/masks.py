"""Masks: a region painted pixel by pixel, from an array, a picture or a file. Bright means edit."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from tokenize import TokenError
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from resefa.errors import RegionError, printable
from resefa.files.input_file import read_input
from resefa.files.picture_file import MOST_BYTES, MOST_PIXELS, decoded
from resefa.regions.annotations import annotated, looks_like_json
from resefa.regions.mask_greys import weights_of_levels, weights_of_numbers
from resefa.regions.mask_pictures import painted_weights
from resefa.regions.operations import Expression
from resefa.regions.quoting import Source, written_file_name
from resefa.regions.weights import area_averaged, check_aspect
from resefa.types import PixelWeights


@dataclass(frozen=True)
class Mask(Expression):
    """Painted weights, fitted to an image of the same aspect by area averaging, whatever their size.

    A file is read once, when the region is made. Two masks are equal if their file names and contents are.

    Attributes:
        path: the file's name as it was given, None for an array.
        digest: fingerprint of the weights.
        values: (h, w) weights in [0, 1].
    """

    path: str | None
    digest: str
    values: Tensor = field(compare=False, repr=False)

    def raster(self, height: int, width: int) -> PixelWeights:
        check_aspect(self.values.shape, height, width, Source(self.path).name)
        return area_averaged(self.values, height, width)

    @property
    def text(self) -> str:
        return (
            f"mask[{short_form(self.values.shape, self.digest)}]" if self.path is None else written_file_name(self.path)
        )


def mask(source: Any) -> Expression:
    """A mask from an (h, w) array or tensor, a PIL picture, or the path of a file.

    A file is a picture, a NumPy array, or the JSON of labelme or COCO. Arrays are bool, floating point in [0, 1] or whole
    numbers with 255 for white; what looks like a label map or a photograph is refused.

    Raises:
        RegionError: the file cannot be read, or what it holds is no mask; the sentence says what it looks like.
    """
    if isinstance(source, str | os.PathLike):
        return _of_file(os.fspath(source))
    if isinstance(source, Image.Image):
        values = painted_weights(source, Source())
    else:
        values = _of_array(as_array(source, "A mask"), Source())
    return Mask(None, fingerprint(values), torch.tensor(values))  # a copy: the caller may write to its own


def _of_file(path: str) -> Expression:
    data, source = read_input(path, MOST_BYTES, raises=RegionError), Source(path)
    if looks_like_json(data):
        return annotated(data, path)
    if data.startswith((NPY, NPZ)):
        values = _of_array(as_array(array_of(data, path), source.name), source)
    else:
        values = painted_weights(decoded(data, path, raises=RegionError, single=True), source)
    values = np.array(values)  # what was read may not be written to
    return Mask(path, fingerprint(values), torch.from_numpy(values))


def _of_array(values: np.ndarray, source: Source) -> np.ndarray:
    if np.issubdtype(values.dtype, np.floating):
        return weights_of_numbers(values, source).astype(np.float64)
    if values.dtype == np.bool_:
        return values.astype(np.float64)
    if np.issubdtype(values.dtype, np.integer):
        full = 65535 if values.dtype.itemsize > 1 and values.max() > 255 else 255
        return weights_of_levels(values, full, source).astype(np.float64)
    raise source.refusal(f"has values of type {values.dtype}", "give bool, uint8 or floating point in [0, 1]")


_STRIP = 1024


def as_array(source: Any, what: str) -> np.ndarray:
    """An (h, w) numpy array from an array or tensor with two axes, further axes of length 1 aside; ``what`` names it in sentences.

    Raises:
        RegionError: it is neither an array nor a tensor, has other axes, or is empty.
    """
    if isinstance(source, Tensor):
        source = source.detach().cpu()
        source = (source.double() if source.is_floating_point() else source).numpy()
    if not isinstance(source, np.ndarray):
        raise RegionError(
            f"{what} is of type {type(source).__name__}; give an array or tensor (height, width), a picture or a file's path."
        )
    found = source
    while found.ndim > 2 and found.shape[0] == 1:
        found = found[0]
    if found.ndim == 3 and found.shape[2] == 1:
        found = found[..., 0]
    if found.ndim != 2 or found.size == 0:
        raise RegionError(f"{what} has the shape {source.shape}; {_mend(found)}.")
    return found


def _mend(found: np.ndarray) -> str:
    if found.ndim == 3 and found.shape[0] > 1 and found.shape[2] > 4:
        return f"these are {found.shape[0]} masks, so give the one you mean, as in masks[0], or their union"
    if found.ndim == 3 and found.shape[2] in (3, 4):
        return "a picture in colours is no mask, so give one value per pixel (height, width)"
    return "give one value per pixel (height, width)"


def fingerprint(values: np.ndarray, dtype: type | None = None) -> str:
    """SHA-256 of an array's type, shape and values, in hexadecimal: equal for equal contents. ``dtype``: read as these."""
    kind = np.dtype(dtype or values.dtype)
    digest = hashlib.sha256(f"{kind.str}{values.shape}".encode())
    for start in range(0, len(values), _STRIP):
        digest.update(np.ascontiguousarray(values[start : start + _STRIP], kind).data)
    return digest.hexdigest()


def short_form(shape: Sequence[int], digest: str) -> str:
    """Height x width and the fingerprint's first digits, for people: ``64x64 sha256:ab12cd34``."""
    return f"{shape[0]}x{shape[1]} sha256:{digest[:8]}"


NPY, NPZ = b"\x93NUMPY", b"PK\x03\x04"
_KINDS = "biuf"
# A damaged archive or header fails in whichever part of them is read, each with exceptions of its own.
_DAMAGE = (
    ValueError, EOFError, OSError, RuntimeError, SyntaxError, MemoryError, TokenError, zipfile.BadZipFile, zlib.error, TypeError,
)  # fmt: skip


def array_of(data: bytes, path: str) -> np.ndarray:
    """The array of a file's bytes, checked by its header before anything of its size is made.

    Raises:
        RegionError: it is damaged, holds no array of numbers, several arrays, or more values than a picture may have pixels.
    """
    name = printable(path, 160)
    try:
        if data.startswith(NPY):
            return _read(io.BytesIO(data), name)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            arrays = [entry for entry in archive.namelist() if entry.endswith(".npy")]
            if len(arrays) != 1:
                names = ", ".join(printable(entry.removesuffix(".npy"), 40) for entry in arrays[:8])
                what = f"{len(arrays)} arrays ({names})" if arrays else "no array"
                raise RegionError(f"{name} holds {what}; save only the mask with numpy.save.")
            with archive.open(arrays[0]) as file:
                return _read(file, name)
    except _DAMAGE as error:
        reason = printable(str(error) or type(error).__name__, 120).rstrip(".")
        raise RegionError(f"{name} is damaged or not a NumPy array ({reason}); save it again.") from error


def _read(file: object, name: str) -> np.ndarray:
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, by_columns, dtype = header(file)
    if dtype.kind not in _KINDS:
        raise RegionError(
            f"{name} holds values of type {printable(dtype, 40)}; save a mask as bool, uint8 or floating point."
        )
    count = 1
    for side in shape:
        count *= side
    if not 0 < count <= MOST_PIXELS:
        raise RegionError(
            f"{name} claims the shape {printable(shape, 80)}; a mask has from 1 to {MOST_PIXELS:,} values."
        )
    data = file.read(count * dtype.itemsize)  # type: ignore[attr-defined]
    if len(data) != count * dtype.itemsize:
        raise RegionError(
            f"{name} is cut off: it holds {len(data):,} of {count * dtype.itemsize:,} bytes; save it again."
        )
    return np.frombuffer(data, dtype).reshape(shape, order="F" if by_columns else "C")

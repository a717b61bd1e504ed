"""Masks: a region painted pixel by pixel, from an array, a picture or a file. Bright means edit."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from resefa.errors import RegionError
from resefa.files.input_file import read_input
from resefa.files.picture_file import MOST_BYTES, decoded
from resefa.regions.annotation_file import annotated, looks_like_json
from resefa.regions.area import area_averaged, check_aspect
from resefa.regions.array_file import NPY, NPZ, array_of
from resefa.regions.expression import Expression
from resefa.regions.file_name import written_file_name
from resefa.regions.grey_levels import weights_of_levels, weights_of_numbers
from resefa.regions.mask_words import Source
from resefa.regions.painted import painted_weights
from resefa.regions.pixel_array import as_array, fingerprint, short_form
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

"""Masks: a region painted pixel by pixel, from an array or an image file. Bright means edit."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resefa.errors import RegionError
from resefa.regions.area import area_averaged
from resefa.regions.expression import Expression
from resefa.regions.file_name import written_file_name
from resefa.regions.image_file import alpha_levels, converted, grey_levels, read_image
from resefa.regions.pixel_array import as_array, fingerprint, short_form
from resefa.tensor_types import PixelWeights


@dataclass(frozen=True)
class Mask(Expression):
    """Painted weights, fitted to the image by area averaging, whatever their size or aspect.

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
        return area_averaged(self.values, height, width)

    @property
    def text(self) -> str:
        return (
            f"mask[{short_form(self.values.shape, self.digest)}]" if self.path is None else written_file_name(self.path)
        )


def mask(source: Any) -> Mask:
    """A mask from an (h, w) array (bool, float in [0, 1], or uint8 in 0..255) or the path of an image file.

    Whole numbers that are all 0 or 1 are taken as such. In a file with transparency the painted parts count: by their
    opacity if they are all of one colour, else by their brightness times their opacity.

    Raises:
        RegionError: the file cannot be read, or the array has another shape, type or range.
    """
    if isinstance(source, str | os.PathLike):
        name = os.fspath(source)
        values = _painted(name)
        return Mask(name, fingerprint(values), torch.from_numpy(values))
    values = _checked(as_array(source, "A mask"))
    return Mask(None, fingerprint(values), torch.tensor(values))  # a copy: the caller may write to its own


def _painted(name: str) -> np.ndarray:
    image = read_image(name)
    brightness = grey_levels(image)
    alpha = alpha_levels(image)
    if alpha is None or alpha.min() == alpha.max() > 0:  # the same everywhere: tells nothing apart
        return brightness
    if not alpha.any():
        return alpha
    painted = np.asarray(converted(image, "RGBA"))[..., :3][alpha > 0]
    return alpha if (painted == painted[0]).all() else brightness * alpha


def _checked(values: np.ndarray) -> np.ndarray:
    if np.issubdtype(values.dtype, np.floating):
        if not (values.min() >= 0 and values.max() <= 1):  # written so that NaN fails too
            raise RegionError(
                f"A mask of floating-point values runs from {values.min():g} to {values.max():g}: expected weights in "
                "[0, 1]."
            )
        return values.astype(np.float64)
    if values.dtype == np.bool_ or (
        np.issubdtype(values.dtype, np.integer) and values.min() >= 0 and values.max() <= 1
    ):
        return values.astype(np.float64)
    if values.dtype == np.uint8:
        return values / 255.0
    raise RegionError(
        f"A mask came with type {values.dtype}: expected bool, uint8, or floating point in [0, 1] (whole numbers that "
        "name classes make a label map: Region.label_map)."
    )

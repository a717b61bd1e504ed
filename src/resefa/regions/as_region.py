"""Conversion to a Region from text, a picture, an array with the image's size, or a file's path."""

from __future__ import annotations

import os
from typing import Any, TypeAlias

import numpy as np
from PIL import Image
from torch import Tensor

from resefa.errors import RegionError
from resefa.regions.operations import Expression
from resefa.regions.presets import NO_FAMILY
from resefa.regions.quoting import shown
from resefa.regions.region import Region

RegionLike: TypeAlias = Region | str | os.PathLike[str] | np.ndarray | Tensor | Image.Image
ACCEPTED = "a Region, text such as 'box:40,18,14,28', the path of a mask, a picture, or an array (height, width)"


def as_region(value: Any, presets: str = NO_FAMILY, size: tuple[int, int] | None = None) -> Region:
    """Convert ``value`` to a region; refuse ambiguous values.

    Args:
        value: a Region; its text; the path (``os.PathLike``) of a mask; a mask as a PIL picture or an (h, w) array or
            tensor.
        presets: the generator's family of presets, for names without a prefix.
        size: (height, width) of the generator's images; an array in memory must have this size.

    Raises:
        RegionError: another type, or an ambiguous value; the message says what to write.
    """
    if isinstance(value, Region):
        return value
    if isinstance(value, str):
        return Region.parse(value, presets)
    if isinstance(value, os.PathLike | Image.Image):
        return Region.mask(value)
    if isinstance(value, Expression):
        return Region(value)
    if isinstance(value, np.ndarray | Tensor):
        return _of_array(value, size)
    raise RegionError(_refusal(value))


def as_regions(
    value: Any, count: int, presets: str = NO_FAMILY, size: tuple[int, int] | None = None
) -> list[Region] | None:
    """The regions in a list or tuple with a region for each of ``count`` images; None for a value that stands for one region.

    Raises:
        RegionError: a list of regions whose number is not that of the images.
    """
    numbers = isinstance(value, list | tuple) and all(isinstance(each, int | float) for each in value)
    if not isinstance(value, list | tuple) or numbers or not value:
        return None
    if len(value) != count:
        texts = all(isinstance(each, str) for each in value)
        union = shown("+".join(value)) if texts else "Region.union(*regions)"
        raise RegionError(
            f"The region is a list of {len(value)} regions, but there {'is 1 image' if count == 1 else f'are {count} images'}; give a region for each "
            f"image, or the union of the regions: {union}."
        )
    return [as_region(each, presets, size) for each in value]


def _of_array(value: np.ndarray | Tensor, size: tuple[int, int] | None) -> Region:
    shape = tuple(axis for axis in value.shape if axis != 1)
    if len(shape) == 1 and shape[0] == 4 and value.ndim == 1:
        raise RegionError(_refusal(value.tolist()))
    if size is not None and value.ndim > 1 and tuple(value.shape[-2:]) != tuple(size) and shape != tuple(size):
        raise RegionError(
            f"The region is an array with shape {tuple(value.shape)}, but the images have {size[0]} x {size[1]} pixels; give an array of that size, or write resefa.Region.mask(array) to resize it."
        )
    return Region.mask(value)


def _refusal(value: Any) -> str:
    if isinstance(value, tuple | list):
        if len(value) == 4 and all(isinstance(number, int | float) for number in value):
            top, left, height, width = value
            numbers = f"{top:g}, {left:g}, {height:g}, {width:g}"
            fractions = ', unit="fraction"' if max(value) <= 1 else ""
            return f"The region {shown(value)} has four numbers but no shape; write resefa.Region.box({numbers}{fractions}) with top, left, height and width, or resefa.Region.ellipse."
        if len(value) > 1 and all(isinstance(part, str | Region) for part in value):
            texts = all(isinstance(part, str) for part in value)
            return f"The region is a list of regions; give their union: {shown('+'.join(value)) if texts else 'Region.union(*regions)'}."
        return f"The region {shown(value)} has type {type(value).__name__}; write resefa.Region.polygon(points) for a polygon, or give {ACCEPTED}."
    found = "is None" if value is None else f"has type {type(value).__name__}"
    return f"The region {found}; give {ACCEPTED}."

"""Tensors to pictures: clamped, rounded, grey as RGB, enlarged smoothly, with the region's outline or a heat map."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PILImage
from torch import Tensor

from resefa.tensor_types import PixelWeights

CELL = 128
"""Side that small images are enlarged to."""

# Dark to bright through purple and orange, close to matplotlib's "inferno" at these stops.
_HEAT = np.array(
    [[0, 0, 4], [50, 10, 94], [120, 28, 109], [187, 55, 84], [237, 105, 37], [252, 181, 25], [252, 255, 164]]
)


def to_picture(image: Tensor, size: int | None = None) -> PILImage.Image:
    """(c, h, w) in [-1, 1] to a picture whose longer side is ``size`` (default: at least CELL, never shrunk)."""
    values = ((image.detach().cpu().float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    array = values.expand(3, -1, -1).permute(1, 2, 0).numpy() if len(values) == 1 else values.permute(1, 2, 0).numpy()
    picture = PILImage.fromarray(np.ascontiguousarray(array))
    return enlarged(picture, size)


def enlarged(picture: PILImage.Image, size: int | None = None) -> PILImage.Image:
    """The picture with its longer side at ``size``."""
    longer = max(picture.size)
    scale = (size or max(CELL, longer)) / longer
    target = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture if target == picture.size else picture.resize(target, PILImage.Resampling.BICUBIC)


def outlined(image: Tensor, edit: PixelWeights, size: int | None = None) -> PILImage.Image:
    """The image with the 0.5 contour of the region's weights, white beside black so that it shows on any ground."""
    picture = to_picture(image, size)
    weights = PILImage.fromarray((edit.cpu().float().numpy() * 255).astype(np.uint8)).resize(picture.size, 0)
    inside = np.array(weights) >= 128
    shrunk, twice = _eroded(inside), _eroded(_eroded(inside))
    pixels = np.array(picture)
    pixels[inside & ~shrunk] = (255, 255, 255)
    pixels[shrunk & ~twice] = (20, 20, 20)
    return PILImage.fromarray(pixels)


def _eroded(mask: np.ndarray) -> np.ndarray:
    padded = np.pad(mask, 1)
    return mask & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]


def heat_map(change: Tensor, maximum: float | None = None, size: int | None = None) -> PILImage.Image:
    """(h, w) squared change as a picture: dark is none, bright is ``maximum`` (default: the largest value)."""
    top = maximum or float(change.max()) or 1.0
    place = (change.detach().cpu().double() / top).clamp(0, 1).numpy() * (len(_HEAT) - 1)
    low = np.minimum(place.astype(int), len(_HEAT) - 2)
    colours = _HEAT[low] + (_HEAT[low + 1] - _HEAT[low]) * (place - low)[..., None]
    return enlarged(PILImage.fromarray(colours.round().astype(np.uint8)), size)

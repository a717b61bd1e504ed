"""Tensors to pictures: clamped, rounded, grey as RGB, enlarged smoothly, with the region's outline or as a heat map."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PILImage
from torch import Tensor

from resefa.errors import GeneratorError, UsageError
from resefa.presentation.heat_map import heat_colours
from resefa.presentation.outline import draw_outline
from resefa.types import Image, PixelWeights

CELL = 128
"""Side that small images are enlarged to."""


def to_uint8(images: Image) -> np.ndarray:
    """Turn a batch (b, c, h, w) in [-1, 1] into bytes (b, h, w, 3): c = 1 is grey, 3 RGB, 4 RGB and opacity, shown on white.

    -1 is 0 and 1 is 255; values in between are rounded to the nearest byte, values beyond are clamped.

    Raises:
        UsageError: not four axes, another number of channels, or whole numbers.
        GeneratorError: a value is NaN, so there is no colour to show.
    """
    last = (
        images.ndim == 4 and images.shape[1] == 4 and images.shape[-1] in (3, 4)
    )  # pictures of few pixels, or channels last
    if images.ndim != 4 or images.shape[1] not in (1, 3, 4) or last:
        raise UsageError(
            f"Images of shape {tuple(images.shape)} cannot be shown; give (batch, channels, height, width) with 1 channel "
            "(grey), 3 (RGB) or 4 (RGB and opacity)."
        )
    if not images.is_floating_point():
        raise UsageError(
            f"Images of type {images.dtype} cannot be shown; give floating-point numbers in [-1, 1], for example images / 127.5 - 1 "
            "where 0 is black and 255 white."
        )
    values = images.detach().to("cpu", torch.float32).clamp(-1, 1)
    if images.shape[1] == 4:
        opacity = (values[:, 3:] + 1) / 2
        values = values[:, :3] * opacity + (1 - opacity)
    if bool(values.isnan().any()):
        raise GeneratorError("An image holds NaN, which has no colour: lower the strength or check the generator.")
    scaled = ((values + 1) * 127.5).round().to(torch.uint8)
    return np.ascontiguousarray(scaled.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy())


def to_picture(image: Tensor, size: int | None = None) -> PILImage.Image:
    """(c, h, w) in [-1, 1] to a picture whose longer side is ``size`` (default: at least CELL, never shrunk).

    Raises as :func:`to_uint8` and :func:`enlarged`.
    """
    return enlarged(plain_picture(image), size)


def plain_picture(image: Tensor, size: int | None = None) -> PILImage.Image:
    """As ``to_picture``, but pixel for pixel where no size is given."""
    picture = PILImage.fromarray(to_uint8(image[None])[0])
    return picture if size is None else enlarged(picture, size)


def enlarged(picture: PILImage.Image, size: int | None = None) -> PILImage.Image:
    """The picture with its longer side at ``size``, smoothly: a 64 px face is read far better so than as square blocks.

    Raises:
        UsageError: the size is below 1.
    """
    if size is not None and size < 1:
        raise UsageError(f"A picture of {size} pixels was asked for: give a size of at least 1.")
    longer = max(picture.size)
    scale = (size or max(CELL, longer)) / longer
    target = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture if target == picture.size else picture.resize(target, PILImage.Resampling.BICUBIC)


def outlined(image: Tensor, edit: PixelWeights, size: int | None = None) -> PILImage.Image:
    """The image with the outline of its edited region: the 0.5 contour of the edit weights (h, w).

    Raises:
        UsageError: the weights have another number of rows and columns than the image.
    """
    if edit.shape != image.shape[-2:]:
        raise UsageError(
            f"Region weights of {tuple(edit.shape)} rows and columns came for an image of {tuple(image.shape[-2:])}: "
            "make the region for this image's size."
        )
    return draw_outline(to_picture(image, size), edit)


def heat_map(change: Tensor, maximum: float | None = None, size: int | None = None) -> PILImage.Image:
    """(h, w) squared change as a picture: black is none, the brightest is ``maximum`` (default: the largest value).

    Raises as :func:`resefa.presentation.heat_map.heat_colours`.
    """
    return enlarged(PILImage.fromarray(heat_colours(change, maximum)), size)

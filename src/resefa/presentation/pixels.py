"""Tensors to pictures: values clamped and rounded, grey as RGB, small images enlarged smoothly."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PILImage
from torch import Tensor

from resefa.errors import GeneratorError, UsageError
from resefa.types import Image

CELL = 128
"""Side in pixels to which small images are enlarged."""


def to_uint8(images: Image) -> np.ndarray:
    """Images (b, c, h, w) in [-1, 1] as RGB bytes (b, h, w, 3): c = 1 is grey, 3 RGB, 4 RGB and opacity, drawn on white.

    -1 becomes 0 and 1 becomes 255; values in between are rounded to the nearest byte, values beyond are clamped.

    Raises:
        UsageError: not four axes, a different number of channels, or integers.
        GeneratorError: a value is NaN, so it has no colour.
    """
    # A batch of shape (b, 4, w, 3) is four rows with the channels last, not four channels.
    channels_last = images.ndim == 4 and images.shape[1] == 4 and images.shape[-1] in (3, 4)
    if images.ndim != 4 or images.shape[1] not in (1, 3, 4) or channels_last:
        raise UsageError(
            f"images has shape {tuple(images.shape)}; give (batch, channels, height, width) with 1 channel (grey), 3 (RGB) or "
            "4 (RGB and opacity)."
        )
    if not images.is_floating_point():
        raise UsageError(
            f"images has type {images.dtype}; give floating-point numbers in [-1, 1], for example images / 127.5 - 1 if 0 is black and "
            "255 white."
        )
    values = images.detach().to("cpu", torch.float32).clamp(-1, 1)
    if images.shape[1] == 4:
        opacity = (values[:, 3:] + 1) / 2
        values = values[:, :3] * opacity + (1 - opacity)
    if bool(values.isnan().any()):
        raise GeneratorError("An image contains NaN, which has no colour; lower the strength or check the generator.")
    scaled = ((values + 1) * 127.5).round().to(torch.uint8)
    return np.ascontiguousarray(scaled.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy())


def to_picture(image: Tensor, size: int | None = None) -> PILImage.Image:
    """A picture of an image (c, h, w) in [-1, 1]; its longer side is ``size`` (default: at least CELL, never reduced).

    Raises as :func:`to_uint8` and :func:`enlarged`.
    """
    return enlarged(plain_picture(image), size)


def plain_picture(image: Tensor, size: int | None = None) -> PILImage.Image:
    """A picture like that of ``to_picture``, but pixel for pixel if no size is given."""
    picture = PILImage.fromarray(to_uint8(image[None])[0])
    return picture if size is None else enlarged(picture, size)


def enlarged(picture: PILImage.Image, size: int | None = None) -> PILImage.Image:
    """The picture with its longer side at ``size``, smoothly: a 64 px face is easier to read so than as square blocks.

    Raises:
        UsageError: the size is below 1.
    """
    if size is not None and size < 1:
        raise UsageError(f"size is {size}; give at least 1 pixel.")
    longer = max(picture.size)
    scale = (size or max(CELL, longer)) / longer
    target = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture if target == picture.size else picture.resize(target, PILImage.Resampling.BICUBIC)

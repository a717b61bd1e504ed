"""From a generator's tensors to pictures: [-1, 1] becomes 0..255, grey becomes RGB."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PILImage
from torch import Tensor

from resefa.errors import GeneratorError, UsageError
from resefa.tensor_types import Image


def to_uint8(images: Image) -> np.ndarray:
    """Turn a batch (b, c, h, w) in [-1, 1], c = 1 or 3, into bytes (b, h, w, 3).

    -1 is 0 and 1 is 255; values in between are rounded to the nearest byte, values beyond are clamped.

    Raises:
        UsageError: not four axes, or another number of channels.
        GeneratorError: a value is NaN, so there is no colour to show.
    """
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise UsageError(
            f"Images of shape {tuple(images.shape)} came, but (batch, 1 or 3 channels, rows, columns) is expected: "
            "add the missing axis or move the channels to the second place."
        )
    values = images.detach().to("cpu", torch.float32)
    if bool(values.isnan().any()):
        raise GeneratorError("An image holds NaN, which has no colour: lower the strength or check the generator.")
    scaled = ((values.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return np.ascontiguousarray(scaled.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy())


def to_pil(image: Tensor) -> PILImage.Image:
    """Turn one image (c, h, w) in [-1, 1] into an RGB picture. Raises as :func:`to_uint8`."""
    return PILImage.fromarray(to_uint8(image[None])[0])


def enlarged(picture: PILImage.Image, scale: int) -> PILImage.Image:
    """Enlarge a photograph ``scale`` times, smoothly: a 64 px face is read much better than as square blocks.

    Raises:
        UsageError: the scale is below 1.
    """
    if scale < 1:
        raise UsageError(f"A scale of {scale} came, but a whole number of at least 1 is expected.")
    if scale == 1:
        return picture.copy()
    return picture.resize((picture.width * scale, picture.height * scale), PILImage.Resampling.BICUBIC)

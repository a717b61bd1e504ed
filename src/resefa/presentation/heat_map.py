"""Where an edit changes the image, as a heat map: black where nothing moves, yellow-white where it moves most."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PILImage
from torch import Tensor

from resefa.errors import UsageError
from resefa.tensor_types import Image, PixelWeights

# Seventeen evenly spaced colours of "inferno" (N. Smith and S. van der Walt, 2015, CC0): equal steps of the value are
# equal steps of lightness to the eye, also in grey print and to colour-blind readers.
_INFERNO = np.array(
    [
        (0, 0, 4), (11, 7, 36), (32, 12, 74), (60, 9, 101), (87, 16, 110), (112, 25, 110), (137, 34, 106),
        (163, 43, 98), (187, 55, 84), (208, 70, 67), (226, 89, 50), (240, 112, 32), (249, 140, 10), (252, 170, 15),
        (249, 201, 50), (241, 233, 105), (252, 255, 164),
    ],
    dtype=np.float64,
)  # fmt: skip


def change_map(images: Image, reference: Tensor) -> PixelWeights:
    """Mean squared change of every pixel, over all images and channels: (h, w), for values in [-1, 1] between 0 and 4.

    Args:
        images: (b, c, h, w), the edited images of one sweep.
        reference: (c, h, w), the image before the edit.

    Raises:
        UsageError: the reference has another shape than the images.
    """
    if images.ndim != 4 or images.shape[1:] != reference.shape or not len(images):
        raise UsageError(
            f"Edited images of shape {tuple(images.shape)} cannot be compared with an original of shape "
            f"{tuple(reference.shape)}: (b, c, h, w) and (c, h, w) are expected."
        )
    return (images.detach().double() - reference.detach().double()).square().mean((0, 1)).float()


def heat_map(change: Tensor, maximum: float | None = None) -> PILImage.Image:
    """Colour a map (h, w) of non-negative values: 0 is black, ``maximum`` and all above it the brightest colour.

    Args:
        change: (h, w), for example from :func:`change_map`.
        maximum: the value of the brightest colour. Give the same one to maps that are to be compared. None takes the
            map's own largest value.

    Raises:
        UsageError: not two axes, a value that is not finite, or a maximum that is not above 0.
    """
    if change.ndim != 2 or not bool(torch.isfinite(change).all()):
        raise UsageError(f"A heat map needs finite values of shape (rows, columns), but {tuple(change.shape)} came.")
    if maximum is not None and not 0 < maximum < float("inf"):
        raise UsageError(f"A heat map's maximum of {maximum} came, but a number above 0 is expected.")
    values = change.detach().cpu().double().numpy()
    top = float(values.max(initial=0.0)) if maximum is None else maximum
    share = np.clip(values / top, 0, 1) if top > 0 else np.zeros_like(values)
    stops = np.linspace(0, 1, len(_INFERNO))
    colours = np.stack([np.interp(share, stops, channel) for channel in _INFERNO.T], axis=-1)
    return PILImage.fromarray(colours.round().astype(np.uint8))

"""Channels of images: grey, red-green-blue, and with opacity, which is laid over white."""

from __future__ import annotations

import torch
from torch import Tensor

from resefa.errors import ModelError
from resefa.types import Image

TRANSPARENT = 4
NOTE = "images have 4 channels: the fourth is taken as opacity, and they are shown over white"


def shown_channels(channels: int, name: str) -> int:
    """How many channels the images of a network with ``channels`` are shown with.

    Raises:
        ModelError: no picture can be made of that many.
    """
    if channels not in (1, 3, TRANSPARENT):
        raise ModelError(
            f"{name} makes images of {channels} channels; 1 (grey), 3 (red, green, blue) and 4 (with opacity) can be shown. In "
            "Python build the network and wrap a function that returns three of its channels."
        )
    return 3 if channels == TRANSPARENT else channels


def over_white(images: Tensor) -> Image:
    """(b, c, h, w) in [-1, 1], c = 1, 3 or 4 -> the same with c = 1 or 3; opacities beyond -1 and 1 are clamped."""
    if images.shape[1] != TRANSPARENT:
        return images
    opacity = torch.clamp((images[:, 3:] + 1) / 2, 0, 1)
    return images[:, :3] * opacity + (1 - opacity)

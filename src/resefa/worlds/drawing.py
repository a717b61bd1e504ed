"""Pictures drawn by a world, with the truth about each pixel."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, UInt8
from torch import Tensor

from resefa.types import Image


@dataclass(frozen=True)
class Drawing:
    """Pictures with the visible part at each pixel.

    Attributes:
        images: (n, 3, h, w) float32 in [-1, 1].
        labels: (n, h, w) uint8: index of the visible part among the world's names of labels, 0 for the background. At a
            smaller size than the drawing's own: the part with the largest visible area in the pixel.
        alphas: (n, labels, h, w) float32 in [0, 1]: coverage of each pixel by the whole part, hidden or not; 1 for the
            background. None unless asked for.
    """

    images: Image
    labels: UInt8[Tensor, "n h w"]
    alphas: Float[Tensor, "n labels h w"] | None = None

"""A region drawn onto a picture: the contour where its weights cross one half."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PILImage
from torch import Tensor
from torch.nn import functional

from resefa.types import PixelWeights

LINE, RIM = (255, 255, 255), (16, 16, 20)
_FINE_SIDE = 2048


def draw_outline(picture: PILImage.Image, weights: PixelWeights) -> PILImage.Image:
    """Draw the region's outline on a copy of ``picture``.

    A bright line, with a dark one on its inner side, so that it is seen on light and on dark ground. Its outer edge is
    the 0.5 contour of the bilinearly interpolated weights, for any shape, and nothing outside of it is painted over.
    Beyond the picture the weight counts as 0, so a region that touches the edge is closed there.

    Args:
        picture: an RGB picture of any size; the weights are stretched over it.
        weights: (h, w) in [0, 1].
    """
    drawn = picture.convert("RGB")
    line = max(1.5, min(drawn.size) / 130)
    for ink, depth in ((RIM, 2 * line), (LINE, line)):
        cover = PILImage.fromarray(_cover(weights, drawn.height, drawn.width, depth))
        drawn.paste(PILImage.new("RGB", drawn.size, ink), mask=cover)
    return drawn


def _cover(weights: Tensor, height: int, width: int, depth: float) -> np.ndarray:
    """How much of each pixel lies inside the region within ``depth`` pixels of its edge: (height, width) uint8."""
    # Fine enough for soft line edges, yet a large picture is not blown up sixteenfold.
    fine = max(1, min(4, _FINE_SIDE // max(height, width)))
    values = weights.detach().to("cpu", torch.float32)[None, None]
    grid = functional.affine_grid(torch.eye(2, 3)[None], [1, 1, height * fine, width * fine], align_corners=False)
    inside = (functional.grid_sample(values, grid, padding_mode="zeros", align_corners=False) >= 0.5).float()
    disc = _disc(depth * fine)
    # Where a disc around a point inside is not wholly inside, the edge is nearer than the disc's radius.
    count = functional.conv2d(inside, disc, padding=disc.shape[-1] // 2)
    near = inside * (count < disc.sum() - 0.5)
    return (functional.avg_pool2d(near, fine)[0, 0] * 255).round().to(torch.uint8).numpy()


def _disc(radius: float) -> Tensor:
    """A (1, 1, size, size) kernel of ones within ``radius``, at least 1, of its middle."""
    radius = max(1.0, radius)
    offset = torch.arange(-int(radius), int(radius) + 1, dtype=torch.float32)
    return (offset[:, None].square() + offset[None].square() <= radius**2).float()[None, None]

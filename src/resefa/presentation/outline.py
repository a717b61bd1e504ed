"""The outline of a region on a picture: the contour at which its weights cross one half."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PILImage
from torch import Tensor
from torch.nn import functional

from resefa.area_average import area_average
from resefa.errors import UsageError
from resefa.presentation.pixels import to_picture
from resefa.types import PixelWeights

LINE, RIM = (255, 255, 255), (16, 16, 20)
_FINE_SIDE = 2048


def outlined(image: Tensor, edit: PixelWeights, size: int | None = None) -> PILImage.Image:
    """A picture of an image (c, h, w) with the outline of the weights (h, w) of its region.

    Raises:
        UsageError: weights and image have different numbers of rows and columns.
    """
    if edit.shape != image.shape[-2:]:
        raise UsageError(
            f"The region's weights have shape {tuple(edit.shape)}, but the image has {tuple(image.shape[-2:])} rows and columns; make "
            "the weights at the image's size."
        )
    return draw_outline(to_picture(image, size), edit)


def draw_outline(picture: PILImage.Image, weights: PixelWeights) -> PILImage.Image:
    """A copy of ``picture`` with the region's outline.

    A bright line with a dark line on its inner side, visible on light and on dark ground. Its outer edge is the 0.5 contour
    of the bilinearly interpolated weights, for any shape, and nothing outside of it is painted over. Beyond the picture the
    weight counts as 0, so a region that touches the edge is closed there.

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
    """Fraction of each pixel inside the region and within ``depth`` pixels of its edge: (height, width) uint8."""
    # Fine enough for soft line edges, without enlarging a large picture sixteenfold.
    fine = max(1, min(4, _FINE_SIDE // max(height, width)))
    values = weights.detach().to("cpu", torch.float32)[None, None]
    grid = functional.affine_grid(torch.eye(2, 3)[None], [1, 1, height * fine, width * fine], align_corners=False)
    inside = (functional.grid_sample(values, grid, padding_mode="zeros", align_corners=False) >= 0.5).float()
    disc = _disc(depth * fine)
    # Where a disc around a point inside is not entirely inside, the edge is nearer than the disc's radius.
    count = functional.conv2d(inside, disc, padding=disc.shape[-1] // 2)
    near = inside * (count < disc.sum() - 0.5)
    return (area_average(near, (height, width))[0, 0] * 255).round().to(torch.uint8).numpy()


def _disc(radius: float) -> Tensor:
    """A (1, 1, size, size) kernel of ones within ``radius``, at least 1, of its centre."""
    radius = max(1.0, radius)
    offset = torch.arange(-int(radius), int(radius) + 1, dtype=torch.float32)
    return (offset[:, None].square() + offset[None].square() <= radius**2).float()[None, None]

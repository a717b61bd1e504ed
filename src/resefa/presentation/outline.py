"""The outline of a region on a picture: the contour at which its weights cross one half."""

from __future__ import annotations

from dataclasses import dataclass

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
    """A copy of ``picture`` with the region's outline; see ``Outline``."""
    return Outline(weights, picture.height, picture.width).drawn_on(picture)


class Outline:
    """The outline of a region, for pictures of one size.

    A bright line with a dark line on its inner side, visible on light and on dark ground. Its outer edge is the 0.5 contour
    of the bilinearly interpolated weights, for any shape, and nothing outside of it is painted over. Beyond the picture the
    weight counts as 0, so a region that touches the edge is closed there.

    Args:
        weights: (h, w) in [0, 1], stretched over the picture.
        height, width: of the pictures.
    """

    def __init__(self, weights: PixelWeights, height: int, width: int) -> None:
        line, edge = max(1.5, min(height, width) / 130), _Edge.of(weights, height, width)
        self._layers = [(ink, PILImage.fromarray(edge.cover(depth))) for ink, depth in ((RIM, 2 * line), (LINE, line))]

    def drawn_on(self, picture: PILImage.Image) -> PILImage.Image:
        """A copy of the picture with the outline."""
        drawn = picture.convert("RGB")
        for ink, cover in self._layers:
            drawn.paste(PILImage.new("RGB", drawn.size, ink), mask=cover)
        return drawn


@dataclass(frozen=True, eq=False)
class _Edge:
    """Distance of each point inside a region to the nearest point outside, on a grid finer than the picture.

    Attributes:
        distance: (height * fine, width * fine) in points; 0 outside.
        fine: points along the side of a pixel.
    """

    distance: np.ndarray
    fine: int

    @classmethod
    def of(cls, weights: Tensor, height: int, width: int) -> _Edge:
        from scipy.ndimage import distance_transform_edt

        # Fine enough for soft line edges, without enlarging a large picture sixteenfold.
        fine = max(1, min(4, _FINE_SIDE // max(height, width)))
        values = weights.detach().to("cpu", torch.float32)[None, None]
        size = [1, 1, height * fine, width * fine]
        grid = functional.affine_grid(torch.eye(2, 3)[None], size, align_corners=False)
        inside = functional.grid_sample(values, grid, padding_mode="zeros", align_corners=False)[0, 0] >= 0.5
        # The picture's border counts as outside.
        distance = distance_transform_edt(np.pad(inside.numpy(), 1))
        return cls(np.asarray(distance)[1:-1, 1:-1], fine)

    def cover(self, depth: float) -> np.ndarray:
        """Fraction of each pixel inside the region and within ``depth`` pixels of its edge: (height, width) uint8."""
        near = (self.distance > 0) & (self.distance <= max(1.0, depth * self.fine))
        rows, columns = (side // self.fine for side in near.shape)
        share = area_average(torch.from_numpy(near)[None, None].float(), (rows, columns))[0, 0]
        return (share * 255).round().to(torch.uint8).numpy()

"""Layers of a drawn picture: the kinds of a part, which can be painted and moved.

A layer is stored as premultiplied RGBA, drawn in black (``base``) and in white (``base + tint``) of its colour. For a colour c it is
``base + c * tint``, since the colour enters a drawing linearly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

Box = tuple[int, int, int, int]
"""Top, left, bottom and right in pixels."""
Boxes = npt.NDArray[np.int64]
"""Boxes (n, 4)."""
Maps = npt.NDArray[np.float64]
"""Affine maps (n, 2, 3) from a place (x, y) in the picture to a place in the layer, in fractions of the picture's side."""


@dataclass(frozen=True)
class Layers:
    """The kinds of one part as layers with a common box in the picture.

    Attributes:
        base: (kinds, 4, h, w) premultiplied RGBA in [0, 1], drawn in black of the part's colour.
        tint: (kinds, 3, h, w): change of the colours from black to white of the part's colour.
        box: place of these pixels in the picture.
        bounds: (kinds, 4), left, top, right and bottom of the pixels of each kind, in fractions of the picture's side. A side on
            which the part continues beyond the picture lies far outside.
        side: of the picture in pixels.
        continues: whether the pixels at the picture's edge are repeated beyond the edge.
    """

    base: Float[Tensor, "k 4 h w"]
    tint: Float[Tensor, "k 3 h w"]
    box: Box
    bounds: npt.NDArray[np.float64]
    side: int
    continues: bool

    def windows(self, kinds: npt.NDArray[np.int64], maps: Maps) -> Boxes:
        """Boxes in the picture that hold the moved layers of the given kinds; -1, for an absent part, gives an empty box."""
        left, top, right, bottom = self.bounds[kinds].T
        corners = np.stack([np.stack([x, y], 1) for x in (left, right) for y in (top, bottom)], 2)
        moved = np.linalg.solve(maps[:, :, :2], corners - maps[:, :, 2:]) * self.side
        # Bilinear interpolation spreads each pixel over less than one pixel of the layer, which may be enlarged.
        reach = np.abs(np.linalg.inv(maps[:, :, :2])).sum(2)
        first, last = np.floor(moved.min(2) - reach), np.ceil(moved.max(2) + reach)
        boxes = np.concatenate([first[:, ::-1], last[:, ::-1]], 1).clip(0, self.side).astype(np.int64)
        boxes[kinds < 0] = 0
        return boxes

    def sampling(self, maps: Maps, windows: Boxes) -> Maps:
        """The maps in normalized coordinates, [-1, 1] over each window and over the layers' box, of their pixels' edges."""
        inner = np.linalg.inv(_from_normalized(np.array([self.box]), self.side))
        return (inner @ _square(maps) @ _from_normalized(windows, self.side))[:, :2]

    def painted(self, kinds: Int64[Tensor, "b"], colours: Float[Tensor, "b 3"]) -> Float[Tensor, "b 4 h w"]:
        """The layers of the given kinds in the given colours; -1 for an absent part gives an empty layer."""
        chosen = kinds.clamp_min(0)
        layers = self.base.index_select(0, chosen)
        layers[:, :3].addcmul_(self.tint.index_select(0, chosen), colours[:, :, None, None])
        return layers.mul_((kinds >= 0)[:, None, None, None])

    def moved(
        self, painted: Float[Tensor, "b 4 h w"], sampling: Float[Tensor, "b 2 3"], window: Box
    ) -> Float[Tensor, "b 4 r c"]:
        """Painted layers resampled bilinearly onto the pixels of a window."""
        top, left, bottom, right = window
        # As F.affine_grid, which takes twice as long.
        across, down, offset = sampling[:, None, None].unbind(-1)
        columns, rows = (_centres(count, painted) for count in (right - left, bottom - top))
        grid = (down * rows[:, None, None] + offset) + across * columns[:, None]
        beyond = "border" if self.continues else "zeros"
        return F.grid_sample(painted, grid, align_corners=False, padding_mode=beyond)


def _centres(count: int, like: Tensor) -> Float[Tensor, "count"]:
    """Normalized coordinates of the centres of ``count`` pixels."""
    return (torch.arange(count, device=like.device, dtype=like.dtype) * 2 + (1 - count)) / count


def joined(boxes: Boxes) -> Box | None:
    """The smallest box around boxes (n, 4); None if all are empty."""
    filled = boxes[(boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3])]
    if not len(filled):
        return None
    top, left = filled[:, :2].min(0)
    bottom, right = filled[:, 2:].max(0)
    return int(top), int(left), int(bottom), int(right)


def unpainted(pictures: npt.NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    """``base`` and ``tint`` from bytes of premultiplied RGBA drawn in black and in white, (kinds, 2, h, w, 4)."""
    pair = torch.from_numpy(pictures).permute(0, 1, 4, 2, 3).float() / 255
    return pair[:, 0].contiguous(), (pair[:, 1] - pair[:, 0])[:, :3].contiguous()


def _from_normalized(boxes: Boxes, side: int) -> Maps:
    """Maps (n, 3, 3) from normalized coordinates over each box to fractions of the picture's side."""
    top, left, bottom, right = boxes.T / side
    result = np.zeros((len(boxes), 3, 3))
    result[:, 0, 0], result[:, 0, 2] = (right - left) / 2, (left + right) / 2
    result[:, 1, 1], result[:, 1, 2] = (bottom - top) / 2, (top + bottom) / 2
    result[:, 2, 2] = 1
    return result


def _square(maps: Maps) -> Maps:
    return np.concatenate([maps, np.broadcast_to([[[0.0, 0.0, 1.0]]], (len(maps), 1, 3))], 1)

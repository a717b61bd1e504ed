"""A canvas: pictures on which layers are composited in order, with the visible part at each pixel."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from resefa.worlds.drawing import Drawing
from resefa.worlds.layers import Box

_VISIBLE = 0.5
"""A part is visible at a pixel if it is the last layer with more than this alpha."""


class Canvas:
    """Pictures (b, 3, side, side) in [0, 1], their label maps, and the whole masks of the parts if asked for.

    Layers are premultiplied RGBA and are composited by ``out = p + (1 - a) out`` (Porter and Duff, "Compositing digital images",
    SIGGRAPH 1984).
    """

    def __init__(self, background: Float[Tensor, "b 3"], side: int, labels: int, alphas: bool) -> None:
        """Fill the pictures with the background's colours; ``labels`` counts the parts, the background included."""
        count = len(background)
        self.images = background[:, :, None, None].expand(-1, -1, side, side).contiguous()
        self.labels = torch.zeros(count, side, side, dtype=torch.uint8, device=background.device)
        self._count = labels
        self.alphas: Tensor | None = None
        if alphas:
            self.alphas = background.new_zeros(count, labels, side, side)
            self.alphas[:, 0] = 1

    def add(self, label: int, layer: Float[Tensor, "b 4 r c"], window: Box) -> None:
        """Lay the pixels of a part over a window of the pictures."""
        top, left, bottom, right = window
        place = (..., slice(top, bottom), slice(left, right))
        alpha = layer[:, 3]
        self.images[place].mul_(1 - layer[:, 3:]).add_(layer[:, :3])
        self.labels[place].masked_fill_(alpha > _VISIBLE, label)
        if self.alphas is not None:
            self.alphas[:, label][place] = alpha

    def drawing(self, size: int) -> Drawing:
        """The pictures, area-averaged to ``size`` pixels, a divisor of the canvas's side."""
        factor = self.images.shape[-1] // size
        images, labels, alphas = self.images, self.labels, self.alphas
        if factor > 1:
            images = F.avg_pool2d(images, factor)
            areas = torch.stack([labels == label for label in range(self._count)], 1)
            labels = F.avg_pool2d(areas.float(), factor).argmax(1).to(torch.uint8)
            alphas = None if alphas is None else F.avg_pool2d(alphas, factor)
        return Drawing((images * 2 - 1).clamp_(-1, 1), labels, alphas)

"""Part segmenter of drawn heads: a small U-Net (Ronneberger, Fischer and Brox, "U-Net: convolutional networks for biomedical image
segmentation", MICCAI 2015) at half the resolution of its input.

Pixels are rearranged two by two into channels on entry, and channels into four by four pixels on exit (Shi et al., "Real-time single image
and video super-resolution using an efficient sub-pixel convolutional neural network", CVPR 2016): the labels have twice the resolution of
the image, because antialiased edges tell where a thin line lies within a pixel. Skips are added after a 1 x 1 convolution instead of
concatenated.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from resefa.networks.convolution_block import ConvolutionBlock
from resefa.types import Image

SIDE = 128
"""Height and width of the network's input; the scores have twice as many rows and columns."""
PHASES = 16
"""Scores that each position of the last layer holds: four rows of four."""
WIDTHS = (24, 32, 48, 64)
"""Channels at 64, 32, 16 and 8 px."""


class PartSegmenterNetwork(nn.Module):
    """Scores (b, classes, 256, 256) of images (b, 3, 128, 128) in [-1, 1]; the part with the highest score is the pixel's label.

    Args:
        classes: number of labels, background included.
        widths: channels at 64, 32, 16, ... px.
        normalized: whether batch normalisation follows the convolutions, as in training.
    """

    def __init__(self, classes: int, widths: Sequence[int] = WIDTHS, normalized: bool = False) -> None:
        super().__init__()
        pairs = [(wide, width) for width, wide in pairwise(widths)]
        self.enter = ConvolutionBlock(12, widths[0], normalized=normalized)
        self.down = nn.ModuleList(
            nn.Sequential(ConvolutionBlock(width, wide, 2, normalized), ConvolutionBlock(wide, wide, 1, normalized))
            for wide, width in pairs
        )
        self.narrow = nn.ModuleList(nn.Conv2d(wide, width, 1) for wide, width in pairs)
        self.skip = nn.ModuleList(nn.Conv2d(width, width, 1) for _, width in pairs)
        self.up = nn.ModuleList(ConvolutionBlock(width, width, normalized=normalized) for _, width in pairs)
        self.scores = nn.Conv2d(widths[0], PHASES * classes, 1)

    def forward(self, images: Image) -> Tensor:
        return F.pixel_shuffle(self.phases(images), 4)

    def phases(self, images: Image) -> Tensor:
        """Scores (b, 16 x classes, 64, 64) before they are rearranged: channel ``16 c + 4 i + j`` holds class c at row i, column j of four by four."""
        x = self.enter(F.pixel_unshuffle(images, 2))
        levels: list[Tensor] = []
        for block in self.down:
            levels.append(x)
            x = block(x)
        for i in reversed(range(len(self.up))):
            x = F.interpolate(self.narrow[i](x), scale_factor=2, mode="nearest") + self.skip[i](levels[i])
            x = self.up[i](x)
        return self.scores(x)

"""Attribute reader of drawn heads: a convolutional network with a classifier per kind of part, colours by attention, and the pose.

A colour is the mean of the image's pixels under an attention map (softmax over positions, Xu et al., "Show, attend and tell", ICML 2015),
corrected by a linear layer of the features: the pixels of an edited image give the colour, not the memory of the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from resefa.networks.convolution_block import ConvolutionBlock
from resefa.types import Features, Image

SIDE = 128
"""Height and width of the network's input."""
WIDTHS = (16, 32, 64, 128)
"""Channels at 64, 32, 16 and 8 px."""
SUMMARY, FEATURES = 32, 160
"""Channels at 8 px before the linear layer, and values of the penultimate layer."""


class AttributeScores(NamedTuple):
    """Outputs of the network.

    Attributes:
        kinds: per kind of part, logits (b, classes). ``visible``: logits (b, parts and colours) that an attribute can be seen.
        colours: (b, colours, 3) in [0, 1]. ``pose``: (b, 4), standardised.
        features: penultimate layer (b, d).
    """

    kinds: dict[str, Tensor]
    visible: Tensor
    colours: Tensor
    pose: Tensor
    features: Features


class AttributeReaderNetwork(nn.Module):
    """Attributes of images (b, 3, 128, 128) in [-1, 1].

    Args:
        classes: number of classes of every kind of part. ``colours``: number of colours.
        normalized: whether batch normalisation follows the convolutions, as in training.
    """

    def __init__(self, classes: Mapping[str, int], colours: int, normalized: bool = False) -> None:
        super().__init__()
        self.stem = ConvolutionBlock(3, WIDTHS[0], 2, normalized)
        self.stages = nn.ModuleList(
            nn.Sequential(ConvolutionBlock(before, width, 2, normalized), ConvolutionBlock(width, width, 1, normalized))
            for before, width in pairwise(WIDTHS)
        )
        self.attention = nn.ModuleList(nn.Conv2d(width, colours, 1) for width in WIDTHS)
        self.summary = ConvolutionBlock(WIDTHS[-1], SUMMARY, 1, normalized)
        self.dense = nn.Linear(SUMMARY * 8 * 8, FEATURES)
        self.kinds = nn.ModuleDict({name: nn.Linear(FEATURES, count) for name, count in classes.items()})
        self.visible = nn.Linear(FEATURES, len(classes) + colours)
        self.correction = nn.Linear(FEATURES, 3 * colours)
        self.pose = nn.Linear(FEATURES, 4)
        self.dropout = nn.Dropout(0.1)

    def forward(self, images: Image) -> AttributeScores:
        x = self.stem(images)
        weights = self.attention[0](x)
        for stage, attention in zip(self.stages, self.attention[1:], strict=True):
            x = stage(x)
            weights = weights + F.interpolate(attention(x), size=weights.shape[2:], mode="nearest")
        weights = weights.flatten(2).softmax(-1)
        pixels = F.avg_pool2d((images + 1) / 2, 2).flatten(2)
        features = self.dense(self.summary(x).flatten(1)).relu()
        dropped = self.dropout(features)
        correction = self.correction(features).unflatten(1, (-1, 3))
        return AttributeScores(
            {name: layer(dropped) for name, layer in self.kinds.items()},
            self.visible(dropped),
            weights @ pixels.transpose(1, 2) + correction,
            self.pose(features),
            features,
        )

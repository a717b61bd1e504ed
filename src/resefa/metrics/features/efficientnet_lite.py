"""EfficientNet-Lite0: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019, table 1, in the
Lite form of its authors (TensorFlow's tpu repository, models/official/efficientnet/lite): ReLU6 for swish, no squeeze-and-excitation.

Inverted bottlenecks (Sandler et al., "MobileNetV2", CVPR 2018). Convolutions are padded as TensorFlow's "SAME": where a stride of 2
requires an odd number of added rows, the extra row is at the end. A distance on these features is never called FID.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resefa.files.input_file import file_sha256
from resefa.metrics.features.protocol import as_bytes
from resefa.metrics.features.weights_file import load_into
from resefa.types import Features, Image
from resefa.zoo.cards import card
from resefa.zoo.checksums import verified

SIDE = 224
_EPSILON = 1e-3


@dataclass(frozen=True)
class Stage:
    """A row of table 1 of the paper: blocks, kernel, stride of the first block, expansion, output channels."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
STEM, HEAD = 32, 1280
"""The channels of the first and the last convolution, equal in all Lite networks."""


class SameConvolution(nn.Conv2d):
    """Convolution with TensorFlow's "SAME" padding."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        rows, columns = (self._added(size) for size in input.shape[-2:])
        return super().forward(F.pad(input, (*columns, *rows)))

    def _added(self, size: int) -> tuple[int, int]:
        kernel, stride = self.kernel_size[0], self.stride[0]
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        return total // 2, total - total // 2


class Bottleneck(nn.Module):
    """Inverted bottleneck: 1 x 1 expansion, depthwise convolution, 1 x 1 projection; added to its input if shapes allow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = inputs * expansion
        # Names as in the published weights.
        if expansion > 1:
            self._expand_conv = SameConvolution(inputs, width, 1)
            self._bn0 = nn.BatchNorm2d(width, _EPSILON)
        self._depthwise_conv = SameConvolution(width, width, kernel, stride, groups=width)
        self._bn1 = nn.BatchNorm2d(width, _EPSILON)
        self._project_conv = SameConvolution(width, outputs, 1)
        self._bn2 = nn.BatchNorm2d(outputs, _EPSILON)
        self._widens, self._adds = expansion > 1, stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        wide = F.relu6(self._bn0(self._expand_conv(x))) if self._widens else x
        wide = F.relu6(self._bn1(self._depthwise_conv(wide)))
        narrow = self._bn2(self._project_conv(wide))
        return x + narrow if self._adds else narrow


class EfficientNetLite0Network(nn.Module):
    """Features (b, 1280) of standardised images (b, 3, h, w): output of the last convolution, averaged over the image."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConvolution(3, STEM, 3, 2)
        self._bn0 = nn.BatchNorm2d(STEM, _EPSILON)
        blocks, inputs = [], STEM
        for stage in STAGES:
            for i in range(stage.blocks):
                stride = stage.stride if i == 0 else 1
                blocks.append(Bottleneck(inputs, stage.channels, stage.kernel, stride, stage.expansion))
                inputs = stage.channels
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = SameConvolution(inputs, HEAD, 1)
        self._bn1 = nn.BatchNorm2d(HEAD, _EPSILON)

    def forward(self, x: Tensor) -> Features:
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return F.relu6(self._bn1(self._conv_head(x))).mean((-2, -1))


class EfficientNetLite0:
    """Pooled features of EfficientNet-Lite0 trained on ImageNet; see ``FeatureExtractor``.

    Args:
        path: the weights; default those of the model card, downloaded by ``resefa models pull efficientnet-lite0``.
        dtype, device: of the network.

    Raises:
        WeightsError: the weights are missing, damaged, or differ from the card's checksum.
        MetricError: the file holds another network.
    """

    name = "EfficientNet-Lite0"
    dimensions = HEAD

    def __init__(
        self, path: str | Path | None = None, *, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
    ) -> None:
        file = verified(card("efficientnet-lite0")) if path is None else Path(path)
        network = EfficientNetLite0Network()
        load_into(network, file, self.name, passed_over=("_fc.",))
        self.network = network.requires_grad_(False).eval().to(device, dtype)
        self.fingerprint = file_sha256(file)
        self._dtype, self._device = dtype, torch.device(device)

    @torch.no_grad()
    def features(self, images: Image) -> Features:
        """Features (b, 1280) of images (b, 3 or 1, h, w) in [-1, 1], resized to 224 x 224 (bicubic, antialiased)."""
        pixels = as_bytes(images).to(self._device, self._dtype)
        return self.network((_resized(pixels).clamp(0, 255) - 127) / 128).cpu()

    def smooth_features(self, images: Image) -> Features:
        """Differentiable features (b, 1280) of images (b, 3 or 1, h, w), see ``DifferentiableExtractor``."""
        pixels = (images.to(self._device, self._dtype).expand(-1, 3, -1, -1) + 1) * 127.5
        return self.network((_resized(pixels) - 127) / 128).to(images)


def _resized(pixels: Image) -> Image:
    if pixels.shape[-2:] == (SIDE, SIDE):
        return pixels
    return F.interpolate(pixels, (SIDE, SIDE), mode="bicubic", antialias=True)

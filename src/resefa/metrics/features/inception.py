"""Inception-v3 features for the FID (Heusel et al., NeurIPS 2017), from a weights file of the user.

Layouts read: torch-fidelity's ``weights-inception-2015-12-05-6726825d.pth`` and pytorch-fid's
``pt_inception-2015-12-05-6726825d.pth``, whose tensors have equal names. Images are rounded to bytes, resized and scaled as the
TensorFlow graph does, which torch-fidelity follows and pytorch-fid does not (it samples pixel centres), so figures are
comparable with the former's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resefa.files.input_file import file_sha256
from resefa.metrics.features.protocol import as_bytes
from resefa.metrics.features.weights_file import load_into
from resefa.metrics.frechet import INCEPTION
from resefa.types import Features, Image

DIMENSIONS = 2048


class Convolution(nn.Module):
    """Convolution, batch normalisation, ReLU; padded so that a stride of 1 keeps the size, unless ``padded`` is False."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int | tuple[int, int], stride: int = 1, padded: bool = True
    ) -> None:
        super().__init__()
        sides = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (sides[0] // 2, sides[1] // 2) if padded else 0
        self.conv = nn.Conv2d(inputs, outputs, sides, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x)).relu()


def average(x: Tensor) -> Tensor:
    """3 x 3 average pooling in which padding does not count."""
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def largest(x: Tensor) -> Tensor:
    """3 x 3 maximum pooling that keeps the size."""
    return F.max_pool2d(x, 3, 1, 1)


class Block35(nn.Module):
    """The block at 35 x 35 pixels (figure 5 of the paper): 5 x 5 convolutions, directly and as two 3 x 3."""

    def __init__(self, inputs: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = Convolution(inputs, 64, 1)
        self.branch5x5_1 = Convolution(inputs, 48, 1)
        self.branch5x5_2 = Convolution(48, 64, 5)
        self.branch3x3dbl_1 = Convolution(inputs, 64, 1)
        self.branch3x3dbl_2 = Convolution(64, 96, 3)
        self.branch3x3dbl_3 = Convolution(96, 96, 3)
        self.branch_pool = Convolution(inputs, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        five = self.branch5x5_2(self.branch5x5_1(x))
        three = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat((self.branch1x1(x), five, three, self.branch_pool(average(x))), 1)


class To17(nn.Module):
    """The reduction from 35 x 35 to 17 x 17 pixels (figure 10)."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch3x3 = Convolution(inputs, 384, 3, 2, padded=False)
        self.branch3x3dbl_1 = Convolution(inputs, 64, 1)
        self.branch3x3dbl_2 = Convolution(64, 96, 3)
        self.branch3x3dbl_3 = Convolution(96, 96, 3, 2, padded=False)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat((self.branch3x3(x), double, F.max_pool2d(x, 3, 2)), 1)


class Block17(nn.Module):
    """The block at 17 x 17 pixels (figure 6): 7 x 7 convolutions as 1 x 7 and 7 x 1, once and twice."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        row, column = (1, 7), (7, 1)
        self.branch1x1 = Convolution(inputs, 192, 1)
        self.branch7x7_1 = Convolution(inputs, width, 1)
        self.branch7x7_2 = Convolution(width, width, row)
        self.branch7x7_3 = Convolution(width, 192, column)
        self.branch7x7dbl_1 = Convolution(inputs, width, 1)
        self.branch7x7dbl_2 = Convolution(width, width, column)
        self.branch7x7dbl_3 = Convolution(width, width, row)
        self.branch7x7dbl_4 = Convolution(width, width, column)
        self.branch7x7dbl_5 = Convolution(width, 192, row)
        self.branch_pool = Convolution(inputs, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        once = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        twice = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        twice = self.branch7x7dbl_5(self.branch7x7dbl_4(twice))
        return torch.cat((self.branch1x1(x), once, twice, self.branch_pool(average(x))), 1)


class To8(nn.Module):
    """Reduction from 17 x 17 to 8 x 8."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch3x3_1 = Convolution(inputs, 192, 1)
        self.branch3x3_2 = Convolution(192, 320, 3, 2, padded=False)
        self.branch7x7x3_1 = Convolution(inputs, 192, 1)
        self.branch7x7x3_2 = Convolution(192, 192, (1, 7))
        self.branch7x7x3_3 = Convolution(192, 192, (7, 1))
        self.branch7x7x3_4 = Convolution(192, 192, 3, 2, padded=False)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch3x3_2(self.branch3x3_1(x))
        seven = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat((three, seven, F.max_pool2d(x, 3, 2)), 1)


class Block8(nn.Module):
    """The block at 8 x 8 pixels (figure 7): 3 x 3 convolutions as 1 x 3 and 3 x 1 side by side."""

    def __init__(self, inputs: int, pool: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        row, column = (1, 3), (3, 1)
        self.branch1x1 = Convolution(inputs, 320, 1)
        self.branch3x3_1 = Convolution(inputs, 384, 1)
        self.branch3x3_2a = Convolution(384, 384, row)
        self.branch3x3_2b = Convolution(384, 384, column)
        self.branch3x3dbl_1 = Convolution(inputs, 448, 1)
        self.branch3x3dbl_2 = Convolution(448, 384, 3)
        self.branch3x3dbl_3a = Convolution(384, 384, row)
        self.branch3x3dbl_3b = Convolution(384, 384, column)
        self.branch_pool = Convolution(inputs, 192, 1)
        self._pool = pool

    def forward(self, x: Tensor) -> Tensor:
        once = self.branch3x3_1(x)
        twice = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        spread = (
            self.branch3x3_2a(once),
            self.branch3x3_2b(once),
            self.branch3x3dbl_3a(twice),
            self.branch3x3dbl_3b(twice),
        )
        return torch.cat((self.branch1x1(x), *spread, self.branch_pool(self._pool(x))), 1)


class InceptionNetwork(nn.Module):
    """Features (b, 2048) of standardised images (b, 3, 299, 299): output of the last block, averaged over the image."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Convolution(3, 32, 3, 2, padded=False)
        self.Conv2d_2a_3x3 = Convolution(32, 32, 3, padded=False)
        self.Conv2d_2b_3x3 = Convolution(32, 64, 3)
        self.Conv2d_3b_1x1 = Convolution(64, 80, 1)
        self.Conv2d_4a_3x3 = Convolution(80, 192, 3, padded=False)
        self.Mixed_5b = Block35(192, 32)
        self.Mixed_5c = Block35(256, 64)
        self.Mixed_5d = Block35(288, 64)
        self.Mixed_6a = To17(288)
        self.Mixed_6b = Block17(768, 128)
        self.Mixed_6c = Block17(768, 160)
        self.Mixed_6d = Block17(768, 160)
        self.Mixed_6e = Block17(768, 192)
        self.Mixed_7a = To8(768)
        self.Mixed_7b = Block8(1280, average)
        self.Mixed_7c = Block8(2048, largest)

    def forward(self, x: Tensor) -> Features:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = F.max_pool2d(x, 3, 2)
        for block in (
            self.Mixed_5b,
            self.Mixed_5c,
            self.Mixed_5d,
            self.Mixed_6a,
            self.Mixed_6b,
            self.Mixed_6c,
            self.Mixed_6d,
        ):
            x = block(x)
        return self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(self.Mixed_6e(x)))).mean((-2, -1))


SIDE = 299


class Inception:
    """Pooled features (2048 values) of the FID's Inception-v3; see ``FeatureExtractor``.

    Args:
        path: the weights file.
        dtype, device: of the network.

    Raises:
        WeightsError: the file does not exist or is damaged.
        MetricError: the file holds another network.
    """

    name = INCEPTION
    dimensions = DIMENSIONS

    def __init__(
        self, path: str | Path, *, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu"
    ) -> None:
        network = InceptionNetwork()
        load_into(network, path, "the FID's Inception-v3", passed_over=("fc.", "AuxLogits."))
        self.network = network.requires_grad_(False).eval().to(device, dtype)
        self.fingerprint = file_sha256(path)
        self._dtype, self._device = dtype, torch.device(device)

    @torch.no_grad()
    def features(self, images: Image) -> Features:
        """Features (b, 2048) of images (b, 3 or 1, h, w) in [-1, 1]."""
        pixels = tensorflow_resized(as_bytes(images).to(self._device, self._dtype), SIDE)
        return self.network((pixels - 128) / 128).cpu()

    def smooth_features(self, images: Image) -> Features:
        """Differentiable features (b, 2048) of images (b, 3 or 1, h, w), see ``DifferentiableExtractor``."""
        pixels = (images.to(self._device, self._dtype).expand(-1, 3, -1, -1) + 1) * 127.5
        return self.network((tensorflow_resized(pixels, SIDE) - 128) / 128).to(images)


def tensorflow_resized(pixels: Image, side: int) -> Image:
    """Resize (b, c, h, w) to (b, c, side, side), bilinear as TensorFlow 1's ``resize_bilinear``: output i samples at i h / side, so the
    picture moves by up to half a pixel. Neither antialiased nor centred, like the published figures."""
    return _along(_along(pixels, side, -1), side, -2)


def _along(pixels: Tensor, side: int, axis: int) -> Tensor:
    size = pixels.shape[axis]
    # TensorFlow computes the positions in float32, whatever the type of the images.
    places = torch.arange(side, dtype=torch.float32, device=pixels.device) * torch.tensor(
        size / side, dtype=torch.float32
    )
    low = places.long()
    high = (low + 1).clamp_max(size - 1)
    share = (places - low).to(pixels.dtype)
    share = share if axis == -1 else share[:, None]
    before, after = pixels.index_select(axis, low), pixels.index_select(axis, high)
    return before + (after - before) * share

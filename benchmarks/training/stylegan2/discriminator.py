"""The discriminator: residual blocks as in StyleGAN2, with an input layer at each resolution, so that it grows with the generator."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.training.stylegan2.generator import FIRST, LOW_PRECISION_FROM
from resefa.networks.layers import LEAKY_RELU_GAIN, LEAKY_RELU_SLOPE
from resefa.networks.stylegan2.mapping import Dense
from resefa.types import Image

_GROUP = 4
"""Images whose standard deviation is one input of the last layers (Karras et al., ICLR 2018, section 3)."""


class EqualizedConvolution(nn.Module):
    """Convolution with equalized learning rate; ``gain`` is a factor of the result."""

    def __init__(self, inputs: int, outputs: int, side: int, gain: float, bias_gain: float | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, side, side))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.gain = gain / math.sqrt(inputs * side * side)
        self.bias_gain = gain if bias_gain is None else bias_gain

    def forward(self, x: Image) -> Image:
        weight, bias = (self.weight * self.gain).to(x.dtype), (self.bias * self.bias_gain).to(x.dtype)
        return F.conv2d(x, weight, bias, padding=self.weight.shape[-1] // 2)


def _rectified(x: Tensor) -> Tensor:
    return F.leaky_relu(x, LEAKY_RELU_SLOPE)


class Halving(nn.Module):
    """Residual block: (b, inputs, 2h, 2w) -> (b, outputs, h, w)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv0 = EqualizedConvolution(inputs, inputs, 3, LEAKY_RELU_GAIN)
        # The activation's gain and the sqrt(1/2) of the sum of two branches cancel.
        self.conv1 = EqualizedConvolution(inputs, outputs, 3, 1.0)
        self.skip = EqualizedConvolution(inputs, outputs, 1, math.sqrt(0.5))

    def forward(self, x: Image) -> Image:
        y = F.avg_pool2d(_rectified(self.conv0(x)), 2)
        return _rectified(self.conv1(y)) + self.skip(F.avg_pool2d(x, 2))


class Discriminator(nn.Module):
    """Images (b, 3, r, r) of any power of two r from 8 to the resolution -> scores (b, 1), high for drawn images."""

    def __init__(self, resolution: int, width: int, base: int) -> None:
        super().__init__()

        def channels(side: int) -> int:
            return min(base // side, width)

        self.resolutions = [FIRST << i for i in range(int(math.log2(resolution // FIRST)), 0, -1)]
        self.settings = {"resolution": resolution, "width": width, "base": base}
        for each in self.resolutions:
            self.add_module(f"fromrgb{each}", EqualizedConvolution(3, channels(each), 1, LEAKY_RELU_GAIN))
            self.add_module(f"b{each}", Halving(channels(each), channels(each // 2)))
        last = channels(FIRST)
        self.conv = EqualizedConvolution(last + 1, last, 3, LEAKY_RELU_GAIN)
        self.fc0 = Dense(last * FIRST * FIRST, last)
        self.fc1 = Dense(last, 1)

    def forward(self, images: Image, fade: Tensor | None = None, low: torch.dtype = torch.float32) -> Tensor:
        """Scores; ``fade`` in [0, 1] mixes the highest block with the path of the next lower resolution."""

        def dtype(side: int) -> torch.dtype:
            return low if side >= LOW_PRECISION_FROM else torch.float32

        side = images.shape[-1]
        x = self._block(side, self._from_rgb(images, dtype(side)))
        side //= 2
        if fade is not None and side > FIRST:
            lower = self._from_rgb(F.avg_pool2d(images, 2), dtype(side))
            x = fade * x + (1 - fade) * lower.to(x.dtype)
        while side > FIRST:
            x = self._block(side, x.to(dtype(side)))
            side //= 2
        x = _with_deviation(x.float())
        x = _rectified(self.conv(x)).flatten(1)
        return self.fc1(_rectified(self.fc0(x)) * LEAKY_RELU_GAIN)

    def trained(self, resolution: int, fading: bool) -> list[nn.Parameter]:
        """Parameters that the score of an image of a resolution depends on."""
        sides = [each for each in self.resolutions if each <= resolution]
        inputs = [each for each in (sides[: 2 if fading else 1])]
        parts = [self.conv, self.fc0, self.fc1]
        parts += [self.get_submodule(f"b{each}") for each in sides]
        parts += [self.get_submodule(f"fromrgb{each}") for each in inputs]
        return [value for part in parts for value in part.parameters()]

    def _from_rgb(self, images: Image, dtype: torch.dtype) -> Image:
        return _rectified(self.get_submodule(f"fromrgb{images.shape[-1]}")(images.to(dtype)))

    def _block(self, side: int, x: Image) -> Image:
        return self.get_submodule(f"b{side}")(x)


def _with_deviation(x: Image) -> Image:
    """A further channel: the mean standard deviation over each group of images."""
    group = min(_GROUP, len(x))
    deviation = (x.reshape(group, -1, *x.shape[1:]).var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3), keepdim=True)
    return torch.cat([x, deviation.repeat(group, 1, *x.shape[2:])], 1)

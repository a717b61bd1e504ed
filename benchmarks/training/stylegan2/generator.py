"""The generator while it is trained: StyleGAN2 (Karras et al., CVPR 2020) with skip connections, grown from low to full resolution.

Tensor names are those of ``resefa.networks.stylegan2``, which opens the result. Its mapping, affine and ToRGB layers are used here too;
its convolutions are not: they hold sums of squared weights, which are constants there, and their fused epilogue computes no second
derivatives, which path length regularization needs. Noise inputs are left out of training, so that their strengths stay 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from resefa.networks.layers import LEAKY_RELU_GAIN, LEAKY_RELU_SLOPE
from resefa.networks.stylegan2.fir import TAPS
from resefa.networks.stylegan2.layers import ToRGB
from resefa.networks.stylegan2.mapping import Dense, MappingNetwork
from resefa.types import Image, Latent

FIRST = 4
"""Pixels a side of the first block."""
LOW_PRECISION_FROM = 32
"""Blocks of this resolution and above may compute in bfloat16; below, the time is in the launch of kernels."""


def configuration(resolution: int, width: int, base: int, latent: int, mapping_layers: int) -> dict[str, Any]:
    """Configuration of a new generator, as ``resefa.networks.stylegan2`` reads it.

    Args:
        resolution: pixels a side, a power of two.
        width: most channels of a block.
        base: channels times pixels a side of the blocks that have fewer channels.
        latent: dimensions of Z and W.
    """
    blocks = [FIRST << i for i in range(int(math.log2(resolution // FIRST)) + 1)]
    return {
        "z_dim": latent,
        "label_dim": 0,
        "embed_dim": 0,
        "w_dim": latent,
        "mapping_widths": [latent] * mapping_layers,
        "lr_multiplier": 0.01,
        "blocks": blocks,
        "widths": [min(base // block, width) for block in blocks],
        "const": [FIRST, FIRST],
        "channels": 3,
        "architecture": "skip",
        "noise": True,
        "conv_clamp": None,
    }


def _filter(like: Tensor) -> Tensor:
    """Low-pass filter (1, 1, 4, 4) with sum 4, after zeros were inserted between the pixels."""
    taps = like.new_tensor(TAPS) / 4
    return (taps[:, None] * taps)[None, None]


def _with_style_of_one(layer: Dense) -> Dense:
    """An affine layer whose first styles are 1."""
    nn.init.ones_(layer.bias)
    return layer


class Convolution(nn.Module):
    """Modulated 3 x 3 convolution with demodulation, bias and leaky ReLU: (b, inputs, h, w) -> (b, outputs, h, w), doubled if ``up``."""

    def __init__(self, inputs: int, outputs: int, resolution: int, w_dim: int, up: bool) -> None:
        super().__init__()
        self.up = up
        self.affine = _with_style_of_one(Dense(w_dim, inputs))
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        # For the file alone: the strength stays 0.
        self.register_buffer("noise_const", torch.randn(resolution, resolution))
        self.register_buffer("noise_strength", torch.zeros(()))

    def forward(self, x: Image, w: Latent, dtype: torch.dtype) -> Image:
        style = self.affine(w)
        power = self.weight.square().sum((2, 3))
        demodulation = (style.square() @ power.t() + 1e-8).rsqrt() * LEAKY_RELU_GAIN
        x = x.to(dtype) * style[:, :, None, None].to(dtype)
        if self.up:
            x = F.conv_transpose2d(x, self._doubling_kernel().to(dtype), stride=2, padding=2)
        else:
            x = F.conv2d(x, self.weight.to(dtype), padding=1)
        bias = (self.bias * LEAKY_RELU_GAIN)[None, :, None, None].to(dtype)
        return F.leaky_relu(torch.addcmul(bias, x, demodulation[:, :, None, None].to(dtype)), LEAKY_RELU_SLOPE)

    def _doubling_kernel(self) -> Tensor:
        """The convolution and the low-pass filter as the kernel of one transposed convolution, (inputs, outputs, 6, 6)."""
        outputs, inputs = self.weight.shape[:2]
        smoothed = F.conv2d(self.weight.reshape(-1, 1, 3, 3), _filter(self.weight), padding=3)
        return smoothed.reshape(outputs, inputs, 6, 6).transpose(0, 1)


class Block(nn.Module):
    """Layers of one resolution; the first block starts from a constant."""

    def __init__(self, inputs: int, outputs: int, resolution: int, w_dim: int) -> None:
        super().__init__()
        if inputs:
            self.conv0 = Convolution(inputs, outputs, resolution, w_dim, up=True)
        else:
            self.const = nn.Parameter(torch.randn(outputs, resolution, resolution))
        self.conv1 = Convolution(outputs, outputs, resolution, w_dim, up=False)
        self.torgb = ToRGB(outputs, 3, w_dim)
        _with_style_of_one(self.torgb.affine)


class TrainedSynthesis(nn.Module):
    """W+ (b, L, w_dim) to images (b, 3, r, r) at the resolution r of any block."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.resolutions: list[int] = list(config["blocks"])
        self.num_ws = 2 * len(self.resolutions)
        inputs = 0
        for resolution, width in zip(self.resolutions, config["widths"], strict=True):
            self.add_module(f"b{resolution}", Block(inputs, width, resolution, config["w_dim"]))
            inputs = width

    def block(self, resolution: int) -> Block:
        """The layers of one resolution."""
        block = self.get_submodule(f"b{resolution}")
        assert isinstance(block, Block)
        return block

    def forward(
        self, ws: Float[Tensor, "b l n"], resolution: int | None = None, low: torch.dtype = torch.float32
    ) -> Image:
        """The image summed up to a resolution; blocks from 32 pixels on compute in ``low``."""
        x = image = None
        layer = 0
        for each in self.resolutions:
            if resolution is not None and each > resolution:
                break
            block, dtype = self.block(each), low if each >= LOW_PRECISION_FROM else torch.float32
            if x is None:
                x = block.const.expand(len(ws), -1, -1, -1)
            else:
                x = block.conv0(x, ws[:, layer], dtype)
                layer += 1
            x = block.conv1(x, ws[:, layer], dtype)
            layer += 1
            # A ToRGB shares its w with the convolution that comes next.
            shown = block.torgb(x.float(), block.torgb.affine(ws[:, layer]))
            image = shown if image is None else _doubled(image) + shown
        assert image is not None
        return image


def _doubled(image: Image) -> Image:
    kernel = _filter(image).expand(image.shape[1], -1, -1, -1)
    return F.conv_transpose2d(image, kernel, stride=2, padding=1, groups=image.shape[1])


class TrainedGenerator(nn.Module):
    """Mapping and synthesis: z (b, z_dim) to images; built from a configuration (``configuration``)."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.config = dict(config)
        self.synthesis = TrainedSynthesis(config)
        self.mapping = MappingNetwork(config)

    def forward(self, z: Latent, resolution: int | None = None) -> Image:
        """Images in float32."""
        return self.synthesis(self.mapping(z)[:, None].expand(-1, self.synthesis.num_ws, -1), resolution)

    def trained(self, resolution: int) -> list[nn.Parameter]:
        """Parameters that the image of a resolution depends on."""
        blocks = [self.synthesis.block(each) for each in self.synthesis.resolutions if each <= resolution]
        return [value for part in (self.mapping, *blocks) for value in part.parameters()]

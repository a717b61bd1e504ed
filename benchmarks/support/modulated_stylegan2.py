"""StyleGAN2's synthesis as published: weights are modulated per sample, convolutions are grouped. Plain operations.

``resefa.networks.stylegan2`` modulates activations instead. Both use the same tensors and make the same images: constant noise,
architecture ``skip``, no clamp.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.networks.stylegan2 import StyleGAN2Network
from resefa.networks.stylegan2.layers import SynthesisLayer, ToRGB

_TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
_KERNEL = (_TAPS[:, None] * _TAPS)[None, None]


def synthesis(network: StyleGAN2Network, w: Tensor) -> Tensor:
    """(b, w_dim) -> (b, 3, h, w)."""
    blocks = network.synthesis.blocks()
    x = blocks[0].const.expand(len(w), -1, -1, -1)
    image: Tensor | None = None
    for block in blocks:
        if block.conv0 is not None:
            x = _layer(block.conv0, x, w)
        x = _layer(block.conv1, x, w)
        shown = _to_rgb(block.torgb, x, w)
        image = shown if image is None else _upsample(image) + shown
    return image


def _layer(layer: SynthesisLayer, x: Tensor, w: Tensor) -> Tensor:
    weights = layer.weight[None] * layer.affine(w)[:, None, :, None, None]
    weights = weights * (weights.square().sum((2, 3, 4), keepdim=True) + layer.epsilon).rsqrt()
    x = _grouped(x, weights, layer.up)
    x = x + layer.noise_const * layer.noise_strength + layer.bias[:, None, None]
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def _to_rgb(layer: ToRGB, x: Tensor, w: Tensor) -> Tensor:
    weights = layer.weight[None] * (layer.affine(w) * layer.gain)[:, None, :, None, None]
    return _grouped(x, weights, up=False) + layer.bias[:, None, None]


def _grouped(x: Tensor, weights: Tensor, up: bool) -> Tensor:
    b, outputs, inputs, kernel, _ = weights.shape
    x = x.reshape(1, b * inputs, *x.shape[2:])
    if not up:
        x = F.conv2d(x, weights.reshape(b * outputs, inputs, kernel, kernel), padding=kernel // 2, groups=b)
        return x.reshape(b, outputs, *x.shape[2:])
    flipped = weights.transpose(1, 2).reshape(b * inputs, outputs, kernel, kernel)
    x = F.conv_transpose2d(x, flipped, stride=2, groups=b).reshape(b * outputs, 1, 2 * x.shape[2] + 1, -1)
    x = F.conv2d(x, _KERNEL, padding=1)
    return x.reshape(b, outputs, *x.shape[2:])


def _upsample(image: Tensor) -> Tensor:
    planes = image.reshape(-1, 1, *image.shape[2:])
    return F.conv_transpose2d(planes, _KERNEL, stride=2, padding=1).reshape(*image.shape[:2], 2 * image.shape[2], -1)

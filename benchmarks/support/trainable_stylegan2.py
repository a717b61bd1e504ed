"""StyleGAN2's forward pass in a few plain operations, for training: the library's own takes weights as constants."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.networks.stylegan2 import StyleGAN2Network

_TAPS = torch.tensor([1.0, 3.0, 3.0, 1.0])


def trainable_pass(network: StyleGAN2Network, z: Tensor, blocks: int | None = None) -> Tensor:
    """(b, z_dim) -> (b, c, h, w), architecture ``skip`` without noise; gradients reach every weight.

    With ``blocks``, the sum of the first so many blocks' images: the picture at a smaller size.
    """
    w = network.mapping(z)
    x = network.synthesis.b4.const[None].expand(len(z), -1, -1, -1)
    image: Tensor | None = None
    for block in network.synthesis.blocks()[:blocks]:
        for name, part in block.parts().items():
            style = part.affine(w)
            if name == "torgb":
                own = F.conv2d(x * (style * part.gain)[:, :, None, None], part.weight, part.bias)
                image = own if image is None else own + _smoothed(_spread(image), (2, 1))
                continue
            power = style.square() @ part.weight.square().sum(dim=(2, 3)).t()
            x = x * style[:, :, None, None]
            if name == "conv0":
                x = _smoothed(F.conv_transpose2d(x, part.weight.transpose(0, 1), stride=2), (1, 1))
            else:
                x = F.conv2d(x, part.weight, padding=1)
            x = x * (power + part.epsilon).rsqrt()[:, :, None, None] + part.bias[:, None, None]
            x = F.leaky_relu(x, 0.2) * math.sqrt(2)
    assert image is not None
    return image


def _spread(x: Tensor) -> Tensor:
    """Zeros between the pixels."""
    return torch.stack([x, torch.zeros_like(x)], -1).flatten(-2).unsqueeze(-2).mul(
        torch.tensor([1.0, 0.0])[:, None]
    ).flatten(-3, -2)  # fmt: skip


def _smoothed(x: Tensor, pads: tuple[int, int]) -> Tensor:
    """Filtered by [1, 3, 3, 1] both ways, the power lost to the zeros given back."""
    taps = (torch.outer(_TAPS, _TAPS) / 16)[None, None].expand(x.shape[1], 1, 4, 4)
    return F.conv2d(F.pad(x, (*pads, *pads)), taps, groups=x.shape[1])

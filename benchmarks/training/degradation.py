"""Random changes that make drawn heads look generated: blur, resampling, blotches, noise, ringing; and colours and shapes beyond the drawn.

A generated head is blurrier than a drawn head, with faint parts and uneven colours. Each function takes images (b, 3, 128, 128) in [-1, 1].
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

_RADIUS = 3
_ALIKE = 8
"""Images of a batch that are changed in the same way."""


def degraded(images: Tensor, random: Generator) -> Tensor:
    """Images with one or more of the faults of generated images."""
    return torch.cat([_degraded(some, random) for some in images.split(_ALIKE)])


def recoloured(images: Tensor, random: Generator, most: float = 0.12) -> Tensor:
    """Images with another brightness, contrast and tint; the change of each is at most ``most``."""
    count = len(images)
    tint, gain, shift = (_around_zero(count, c, 1, 1, random=random) * most for c in (3, 1, 3))
    return images * (1 + tint) * (1 + gain) + shift


def warped(
    images: Tensor, labels: Tensor | None, random: Generator, affine: float, elastic: float
) -> tuple[Tensor, Tensor | None]:
    """Images, and labels (b, 256, 256), resampled on a bent grid.

    Args:
        affine: largest change of each number of an affine map, in half sides. ``elastic``: largest shift of a control point.
    """
    maps = torch.eye(2, 3) + affine * _around_zero(len(images), 2, 3, random=random)
    bend = elastic * _around_zero(len(images), 2, 6, 6, random=random)
    moved = F.grid_sample(images, _grid(maps, bend, images.shape[-1]), align_corners=False, padding_mode="border")
    if labels is None:
        return moved, None
    grid = _grid(maps, bend, labels.shape[-1])
    nearest = F.grid_sample(labels[:, None].float(), grid, "nearest", align_corners=False, padding_mode="border")
    return moved, nearest[:, 0].long()


def _grid(maps: Tensor, bend: Tensor, side: int) -> Tensor:
    smooth = F.interpolate(bend, (side, side), mode="bicubic").permute(0, 2, 3, 1)
    return F.affine_grid(maps, [len(maps), 1, side, side], align_corners=False) + smooth


def blurred(images: Tensor, deviation: float) -> Tensor:
    """Images convolved with a Gaussian of this standard deviation in pixels."""
    place = torch.arange(-_RADIUS, _RADIUS + 1.0)
    kernel = torch.exp(-(place**2) / (2 * deviation**2))
    kernel = (kernel / kernel.sum()).expand(3, 1, -1)
    padded = F.pad(images, (_RADIUS,) * 4, "replicate")
    return F.conv2d(F.conv2d(padded, kernel[:, :, :, None], groups=3), kernel[:, :, None, :], groups=3)


def faded(images: Tensor, random: Generator) -> Tensor:
    """Images whose details are faint in places, like the lips and brows of some generated heads: mixed with a coarse copy by a smooth mask."""
    size = (images.shape[2], images.shape[3])
    side = (8, 16, 24)[int(3 * _uniform(random))]
    small = F.interpolate(images, (side, side), mode="bilinear", antialias=True)
    coarse = F.interpolate(small, size, mode="bilinear")
    mask = F.interpolate(1.3 * torch.rand(len(images), 1, 8, 8, generator=random), size, mode="bicubic").clamp(0, 1)
    return images + mask * (0.75 * _uniform(random)) * (coarse - images)


def _degraded(images: Tensor, random: Generator) -> Tensor:
    size = (images.shape[2], images.shape[3])
    if chance(0.35, random):
        images = faded(images, random)
    if chance(0.35, random):
        images = blurred(images, 0.4 + 1.1 * _uniform(random))
    if chance(0.4, random):
        side = (48, 64, 64, 80, 96)[int(5 * _uniform(random))]
        small = F.interpolate(images, (side, side), mode="bilinear", antialias=True)
        images = F.interpolate(small, size, mode="bilinear" if chance(0.7, random) else "bicubic")
    if chance(0.4, random):
        cells = (4, 8, 16, 32)[int(4 * _uniform(random))]
        blotches = torch.randn(len(images), 3, cells, cells, generator=random) * (0.06 * _uniform(random))
        images = images + F.interpolate(blotches, size, mode="bilinear")
    if chance(0.4, random):
        images = images + torch.randn(images.shape, generator=random) * (0.05 * _uniform(random))
    if chance(0.15, random):
        images = 1.6 * blurred(images, 0.7) - 0.6 * blurred(images, 1.4)
    return images


def chance(probability: float, random: Generator) -> bool:
    """True with this probability."""
    return _uniform(random) < probability


def _uniform(random: Generator) -> float:
    return float(torch.rand((), generator=random))


def _around_zero(*shape: int, random: Generator) -> Tensor:
    return torch.rand(shape, generator=random) * 2 - 1

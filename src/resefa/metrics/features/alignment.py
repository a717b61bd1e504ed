"""Alignment of faces to the place that a network was trained on: a similarity transform of landmarks (Umeyama, "Least-squares estimation of
transformation parameters between two point patterns", IEEE TPAMI 1991, equations 40 to 43), and the warp by it."""

from __future__ import annotations

from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from resefa.types import Image

Points = Float[Tensor, "p 2"]

ARCFACE_POINTS = torch.tensor(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], dtype=torch.float64
)  # fmt: skip
"""(x, y) of the eyes, the nose tip and the corners of the mouth at 112 x 112, as in ArcFace's training data."""


class Landmarks(Protocol):
    """A detector of the five points of ``ARCFACE_POINTS``. ``words``: its name in a report."""

    words: str

    def points(self, images: Image) -> list[Points | None]:
        """Points (5, 2), (x, y) in pixels, of each image, or None without a face."""
        ...


def similarity_transform(source: Points, target: Points) -> Float[Tensor, "2 3"]:
    """Matrix (2, 3) of rotation, scale and shift that maps ``source`` nearest to ``target`` in the mean square."""
    source, target = source.double(), target.double()
    a, b = source - source.mean(0), target - target.mean(0)
    u, s, vt = torch.linalg.svd(b.T @ a / len(a))
    signs = torch.ones(2, dtype=torch.float64)
    if float(torch.linalg.det(u) * torch.linalg.det(vt)) < 0:  # a reflection is not a rotation
        signs[1] = -1
    rotation = (u * signs) @ vt
    scale = (s * signs).sum() / a.square().sum(1).mean()
    shift = target.mean(0) - scale * rotation @ source.mean(0)
    return torch.cat([scale * rotation, shift[:, None]], 1)


def warped(image: Float[Tensor, "c h w"], matrix: Float[Tensor, "2 3"], side: int) -> Float[Tensor, "c s s"]:
    """The image mapped by ``matrix``, (c, side, side), bilinear; beyond its border the image is black (-1)."""
    turn, shift = matrix[:, :2], matrix[:, 2]
    places = torch.arange(side, dtype=torch.float64)
    grid = torch.stack(torch.meshgrid(places, places, indexing="xy"), -1)
    origin = (grid - shift) @ torch.linalg.inv(turn).T
    size = torch.tensor([image.shape[2], image.shape[1]], dtype=torch.float64)
    # grid_sample's coordinates, with -1 and 1 at the outer edges of the border pixels
    scaled = ((2 * origin + 1) / size - 1).to(image.dtype)
    return F.grid_sample((image + 1)[None], scaled[None], mode="bilinear", align_corners=False)[0] - 1


def centre_crop(images: Image, side: int) -> Image:
    """Central square of images (b, c, h, w), resized to (b, c, side, side)."""
    height, width = images.shape[-2:]
    square = min(height, width)
    top, left = (height - square) // 2, (width - square) // 2
    middle = images[..., top : top + square, left : left + square]
    return F.interpolate(middle, (side, side), mode="bilinear", antialias=True)

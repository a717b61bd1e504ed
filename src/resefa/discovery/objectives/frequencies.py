"""Low and high spatial frequencies of an image, split by a Gaussian low-pass filter without ringing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from resefa.types import Image

DEFAULT_CUTOFF = 8.0
"""Cycles per image. Low frequencies of a face are usually those below about 8 cycles per face."""


@lru_cache(16)
def low_pass(size: int, longer: int, cutoff: float) -> np.ndarray:
    """The matrix (size, size), float64, that filters one axis: symmetric, with rows that sum to 1.

    In the basis of the discrete cosine transform (type II, orthonormal), which continues the image by reflection, each frequency of f
    cycles per image is multiplied by ``2^(-(f / cutoff)^2)``: by one half at the cutoff.

    Args:
        size: pixels along the axis.
        longer: pixels of the image's longer side, along which cycles are counted.
        cutoff: cycles per image.
    """
    # NumPy, because a tensor made within a transform of torch.func would outlive the transform in the cache.
    index = np.arange(size, dtype=np.float64)
    basis = np.cos(math.pi / size * index[:, None] * (index[None] + 0.5)) * math.sqrt(2 / size)
    basis[0] = math.sqrt(1 / size)
    cycles = index / 2 * longer / size
    gain = np.exp2(-np.square(cycles / cutoff))
    return basis.T @ (gain[:, None] * basis)


@dataclass(frozen=True)
class LowFrequencies:
    """The image after the low-pass filter: broad colour and shading.

    Attributes:
        cutoff: cycles along the longer side of the image, at which the filter halves the amplitude.
    """

    cutoff: float = DEFAULT_CUTOFF
    name: str = field(default="low-frequencies", init=False)
    per_pixel: bool = field(default=True, init=False)
    channels: tuple[float, ...] | None = field(default=None, init=False)

    @property
    def text(self) -> str:
        return f"{self.name}:{self.cutoff:g}"

    @property
    def block(self) -> str:
        return f"{self.name} {self.cutoff!r}"

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        return image_shape

    def values(self, images: Image) -> Tensor:
        height, width = images.shape[-2:]
        rows, columns = (
            torch.from_numpy(low_pass(side, max(height, width), self.cutoff)).to(images.device, images.dtype)
            for side in (height, width)
        )
        return rows @ images @ columns


@dataclass(frozen=True)
class HighFrequencies(LowFrequencies):
    """The image minus its low frequencies: edges, lines and texture."""

    name: str = field(default="high-frequencies", init=False)

    def values(self, images: Image) -> Tensor:
        return images - super().values(images)

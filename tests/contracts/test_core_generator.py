"""A class with the eight members of ``Generator`` alone works through every option, or the option is refused in one sentence."""

from __future__ import annotations

import math

import numpy as np
import torch

import resefa
from resefa.latents import LatentSpace


class Blobs:
    """Two soft blobs whose sizes and colours follow the code: a generator written by hand, without a base class."""

    name, channels, resolution = "blobs", 3, (12, 16)
    device, dtype = torch.device("cpu"), torch.float64

    def __init__(self) -> None:
        self.spaces = {"Z": LatentSpace("Z", (10,))}
        self.mixing = torch.from_numpy(np.random.RandomState(0).randn(10, 10) / math.sqrt(10))

    def sample(self, seed, space=None):
        seeds = (seed,) if isinstance(seed, int) else tuple(seed)
        values = torch.from_numpy(np.stack([np.random.RandomState(one).randn(10) for one in seeds]))
        return resefa.LatentCode(values, space or "Z", seeds)

    def render(self, values, space):
        features = (values @ self.mixing).tanh()
        rows, columns = torch.meshgrid(
            torch.linspace(-1, 1, 12, dtype=self.dtype), torch.linspace(-1, 1, 16, dtype=self.dtype), indexing="ij"
        )
        image = 0.0
        for i, centre in enumerate((-0.5, 0.5)):
            width = 0.3 + 0.1 * features[:, 5 * i, None, None]
            blob = (-(rows**2 + (columns - centre) ** 2) / width**2).exp()
            colour = 0.5 + 0.4 * features[:, 5 * i + 1 : 5 * i + 4, None, None]
            image = image + colour * blob[:, None]
        return image.tanh() + 0.1 * features[:, 4, None, None, None] * torch.ones_like(image)


REGION = resefa.Region.box(0, 0, 12, 8)

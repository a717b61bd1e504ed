"""A generator whose blob moves with the code, and a segmenter by colour: a region that follows the image must follow the blob."""

from __future__ import annotations

import torch

import resefa
from resefa.segmenters import PartGroup

SIZE, DIMENSIONS, RADIUS = 24, 8, 4.0


def blob(z: torch.Tensor) -> torch.Tensor:
    """(b, 8) -> (b, 3, 24, 24): a red disc with its place and brightness, a green hat in a corner if z[7] > 0, a blue ground."""
    rows = torch.arange(SIZE, dtype=z.dtype)[:, None] + 0.5
    columns = torch.arange(SIZE, dtype=z.dtype)[None, :] + 0.5
    top, left = (SIZE / 2 + 5 * z[:, i, None, None].tanh() for i in (0, 1))
    distance = ((rows - top) ** 2 + (columns - left) ** 2 + 1e-6).sqrt()
    disc = (2 * (RADIUS - distance)).sigmoid() * (1.75 + 0.25 * z[:, 2, None, None])
    corner = ((rows < 4) & (columns < 4)).to(z) * (20 * z[:, 7, None, None]).sigmoid()
    ground = (
        0.3 * (z[:, 3, None, None] + z[:, 4, None, None] * rows / SIZE + z[:, 5, None, None] * columns / SIZE).tanh()
    )
    return torch.stack([disc - 1, (2 + 0.2 * z[:, 6, None, None].tanh()) * corner - 1, ground.expand_as(disc)], 1)


class ColourSegmenter:
    """Labels by colour; counts the images that it labels."""

    names = ("background", "blob", "hat")

    def __init__(self, fingerprint: str = "by colour") -> None:
        self.fingerprint = fingerprint
        self.groups = {"things": PartGroup(("blob", "hat"))}
        self.images = 0

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        self.images += len(images)
        return (images[:, 0] > 0).long() + 2 * (images[:, 1] > 0).long()


def blob_generator(**options):
    """The generator in float64, with its segmenter."""
    return resefa.wrap(blob, DIMENSIONS, **{"dtype": torch.float64, "segmenter": ColourSegmenter(), **options})


def disc_mask(code: resefa.LatentCode) -> torch.Tensor:
    """The disc's pixels (h, w), bool, of the image of one code, from the code alone."""
    return blob(code.values)[0, 0] > 0

"""A generator for tests of the page in which the model does not matter: a search on it takes a fraction of a second."""

from __future__ import annotations

import torch
from torch import Tensor

import resefa

SIDE, SPOTS = 64, 4


class Spots(torch.nn.Module):
    """Pictures of 64 pixels with 4 x 4 soft spots; each number of the code is the share of one colour in one spot."""

    def __init__(self) -> None:
        super().__init__()
        places = torch.linspace(0, 1, SIDE)
        centres = (torch.arange(SPOTS) + 0.5) / SPOTS
        bells = torch.exp(-(((places[None] - centres[:, None]) * SPOTS / 0.7) ** 2))
        self.register_buffer("bells", bells)

    def forward(self, z: Tensor) -> Tensor:
        colours = z.reshape(-1, 3, SPOTS, SPOTS)
        return torch.einsum("bcij,ih,jw->bchw", colours, self.bells, self.bells).mul(0.7).tanh()


def spots() -> resefa.Generator:
    """The generator; its edits change a spot or two."""
    return resefa.wrap(Spots(), 3 * SPOTS**2, output_range=(-1, 1), name="spots")

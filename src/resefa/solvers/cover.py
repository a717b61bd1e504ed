"""A subspace of the latent space for every region of an image at once, so that a further region is linear algebra alone.

One random probe per tile of an 8 x 8 grid, in reverse mode, sees what each part of the image depends on (Halko, Martinsson and Tropp
2011). Probes join the subspace round by round, until those of a new round lie in it but for a share of their energy. The ridge
of equation (10) is what makes this enough: directions of which the image keeps less than the ridge weigh the same in every quotient.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.runtime.progress import Progress
from resefa.solvers.subspace import Subspace

GRID = 8


@dataclass(frozen=True, eq=False)
class Cover:
    """What a subspace leaves of each tile.

    Attributes:
        left: (GRID, GRID) estimate of ``trace(J_t^T J_t)`` outside the subspace, for the values of tile t.
        total: (GRID, GRID) the same of all dimensions.
        dimensions: of the subspace when this was measured; what has joined since only makes it better.
        wanted: share of the energy that was allowed to be left.
    """

    left: Tensor
    total: Tensor
    dimensions: int
    wanted: float

    @property
    def share(self) -> float:
        """Of the whole energy, what is left outside."""
        total = float(self.total.sum())
        return float(self.left.sum()) / total if total > 0 else 0.0

    @property
    def met(self) -> bool:
        return self.share <= self.wanted

    def left_of(self, weights: Tensor, channels: int) -> tuple[float, float]:
        """What is left, and all, of ``trace(J^T diag(w) J)`` for pixel weights (h, w) that sum to 1 over all values."""
        tiles = tile_of_pixels(tuple(weights.shape))
        sums = torch.zeros(GRID * GRID, dtype=torch.float64).index_add_(0, tiles.flatten(), weights.double().flatten())
        sizes = tiles.flatten().bincount(minlength=GRID * GRID).clamp_min(1) * channels
        mean = sums * channels / sizes
        return float((mean * self.left.flatten()).sum()), float((mean * self.total.flatten()).sum())


def tile_of_pixels(size: tuple[int, int]) -> Tensor:
    """(h, w) the number of each pixel's tile, row by row; an image smaller than the grid has empty tiles."""
    rows, columns = (torch.arange(side) * GRID // side for side in size)
    return rows[:, None] * GRID + columns


def cover(
    subspace: Subspace,
    image_shape: tuple[int, int, int],
    *,
    share: float,
    room: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Cover:
    """Grow ``subspace`` until no more than ``share`` of the energy of J lies outside.

    Args:
        subspace: of an operator whose rows are the values (c, h, w) of one image or of several, one below the other.
        share: above 0; the fraction tau of the ridge is a good one, where it is small.
        room: the most dimensions; None: as many as there are.
        progress: called with (products spent here, products that seem needed).
    """
    m, n = subspace.shape
    channels, *size = image_shape
    images = m // (channels * size[0] * size[1])
    tiles = tile_of_pixels((size[0], size[1])).flatten().repeat(channels * images)
    present = tiles.unique()
    room = n if room is None else min(room, n)
    random = torch.Generator().manual_seed(seed + subspace.reverse)
    began = subspace.forward + subspace.reverse
    left, total = (torch.zeros(GRID * GRID, dtype=torch.float64) for _ in range(2))
    while True:
        signs = 2 * torch.randint(0, 2, (m,), generator=random, dtype=torch.int8) - 1
        rows = subspace.adjoint((tiles == present[:, None]) * signs)
        rest = rows - (rows @ subspace.basis.T) @ subspace.basis
        left[present], total[present] = rest.square().sum(1), rows.square().sum(1)
        # Judged by probes that have not joined; they join if they find it wanting.
        found = Cover(left.view(GRID, GRID), total.view(GRID, GRID), len(subspace), share)
        spent = subspace.forward + subspace.reverse - began
        if progress is not None:
            progress(spent, spent if found.met else min(spent + 2 * len(present), 2 * room))
        # A first round always joins: with a large ridge nothing at all would be left to solve on.
        enough = found.met and len(subspace) > 0
        if enough or len(subspace) >= room or not len(subspace.extend(rest, room - len(subspace))):
            return found

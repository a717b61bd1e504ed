"""``Motion``: the map from a direction (in one space, over some layers) to a step of a latent code.

A W direction on layers 4-7 is added to four rows of a W+ code; a W direction on all layers is added to a W code itself. Both
are linear maps R^n -> R^N that copy numbers, at no cost and differentiably. The Jacobian, the edit and the directions file
share the map, so that what is optimised is what is applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.latents.space import LatentSpace

_FLAT_PART = 512
"""Size of a part in the space S: about the channels of one layer."""


@dataclass(frozen=True, eq=False)
class Motion:
    """A linear map from directions, R^n, to steps of codes, R^N.

    Attributes:
        space: name of the directions' space.
        layers: the layers that move, as text (``4-7``); None: all.
        target: the space of the codes to which steps are added, of N dimensions.
        dimensions: n.
        source: (N,) integers: the index of the direction's number that each number of the code moves by, or n where the code
            does not move; None: the identity.
    """

    space: str
    layers: str | None
    target: LatentSpace
    dimensions: int
    source: Tensor | None = None

    def moving(self) -> Tensor:
        """The coordinates of the code that directions move, as (N,) booleans."""
        if self.source is None:
            return torch.ones(self.target.dimensions, dtype=torch.bool)
        return self.source < self.dimensions

    def parts(self) -> list[tuple[int, Motion]]:
        """Split into motions of one target layer each (in S: up to 512 coordinates), with their first dimensions.

        Derivatives by a late layer skip the earlier layers and so cost less. A motion that moves several layers at once, or a
        space without layers, stays one part.
        """
        n, size = self.dimensions, self.target.dimensions
        source = torch.arange(size) if self.source is None else self.source
        places = (source < n).nonzero().squeeze(1)
        width = self.target.shape[-1] if len(self.target.shape) > 1 else _FLAT_PART if self.target.name == "S" else size
        if len(places) != n or width == size:
            return [(0, self)]
        layer = torch.empty(n, dtype=torch.long)
        layer[source[places]] = places // width
        starts = [0, *((layer[1:] != layer[:-1]).nonzero().squeeze(1) + 1).tolist()]
        return [(start, self._cut(source, start, stop)) for start, stop in zip(starts, [*starts[1:], n], strict=True)]

    def _cut(self, source: Tensor, start: int, stop: int) -> Motion:
        inside = (source >= start) & (source < stop)
        moved = torch.where(inside, source - start, stop - start)
        return Motion(self.space, self.layers, self.target, stop - start, moved)

    def lift(self, vectors: Tensor) -> Tensor:
        """Apply the map to directions (..., n), giving steps (..., N)."""
        if self.source is None:
            return vectors
        padded = torch.cat([vectors, torch.zeros_like(vectors[..., :1])], -1)
        return padded[..., self.source.to(vectors.device)]

    def transposed(self, covectors: Tensor) -> Tensor:
        """Apply the transposed map to covectors (N,) of codes, giving covectors (n,) of directions."""
        if self.source is None:
            return covectors
        sums = covectors.new_zeros(self.dimensions + 1)
        return sums.index_add_(0, self.source.to(covectors.device), covectors)[:-1]


def whole(space: LatentSpace) -> Motion:
    """The identity motion: directions of a space, added to codes of the same space."""
    return Motion(space.name, None, space, space.dimensions)


def repeated(space: str, width: int, target: LatentSpace, rows: Sequence[int], layers: str | None) -> Motion:
    """The motion that adds one vector of ``width`` numbers to each chosen row of a layered code (L, width or more)."""
    return _of_rows(space, width, target, rows, layers, [0] * len(rows))


def separate(space: str, width: int, target: LatentSpace, rows: Sequence[int], layers: str | None) -> Motion:
    """The motion with a separate vector of ``width`` numbers for each chosen row of a layered code."""
    return _of_rows(space, width * len(rows), target, rows, layers, [i * width for i in range(len(rows))], width)


def picked(space: str, target: LatentSpace, places: Sequence[int], layers: str | None) -> Motion:
    """The motion of a chosen subset of a code's coordinates."""
    source = torch.full((target.dimensions,), len(places))
    source[torch.tensor(list(places))] = torch.arange(len(places))
    return Motion(space, layers, target, len(places), source)


def _of_rows(
    space: str,
    n: int,
    target: LatentSpace,
    rows: Sequence[int],
    layers: str | None,
    starts: Sequence[int],
    width: int | None = None,
) -> Motion:
    width = n if width is None else width
    source = torch.full(target.shape, n)
    for row, start in zip(rows, starts, strict=True):
        source[row, :width] = torch.arange(start, start + width)
    return Motion(space, layers, target, n, source.flatten())

"""Where an edit moves: a direction of one space, over some layers, as a step in the space in which the sum is taken.

A W direction on layers 4-7 is added to four rows of a W+ code; a direction of all layers of W on a W code is added to the
code itself. Either is a linear map R^n -> R^N that copies numbers, so that it costs nothing and every derivative passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.latents.space import LatentSpace

_FLAT_PART = 512
"""Numbers of S that are taken as one part: about a layer's."""


@dataclass(frozen=True, eq=False)
class Motion:
    """One kind of step.

    Attributes:
        space: of the directions.
        layers: the layers that move as text (``4-7``), or None for all.
        target: the space of the codes to which the lifted step is added.
        source: (N,) whole numbers: which of the direction's n numbers each number of the target takes, n for none; None where
            the step is the direction itself.
        dimensions: n.
    """

    space: str
    layers: str | None
    target: LatentSpace
    dimensions: int
    source: Tensor | None = None

    def moving(self) -> Tensor:
        """(N,) booleans: which numbers of the target's codes any direction moves."""
        if self.source is None:
            return torch.ones(self.target.dimensions, dtype=torch.bool)
        return self.source < self.dimensions

    def parts(self) -> list[tuple[int, Motion]]:
        """The motion in parts that each move one layer of the target (in S, which is flat, some of its numbers), and where each begins.

        A late layer moves without the earlier ones, so that a part's derivatives cost less. One part where a direction moves
        several layers, or where there are none.
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
        """(..., n) -> (..., N)."""
        if self.source is None:
            return vectors
        padded = torch.cat([vectors, torch.zeros_like(vectors[..., :1])], -1)
        return padded[..., self.source.to(vectors.device)]


def whole(space: LatentSpace) -> Motion:
    """Directions of a space added to codes of the same space."""
    return Motion(space.name, None, space, space.dimensions)


def repeated(space: str, width: int, target: LatentSpace, rows: Sequence[int], layers: str | None) -> Motion:
    """One vector of ``width`` added to each of some rows of a layered code (L, width or more)."""
    return _of_rows(space, width, target, rows, layers, [0] * len(rows))


def separate(space: str, width: int, target: LatentSpace, rows: Sequence[int], layers: str | None) -> Motion:
    """A vector of its own for each of some rows of a layered code (L, width or more)."""
    return _of_rows(space, width * len(rows), target, rows, layers, [i * width for i in range(len(rows))], width)


def picked(space: str, target: LatentSpace, places: Sequence[int], layers: str | None) -> Motion:
    """Some of the numbers of a code."""
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

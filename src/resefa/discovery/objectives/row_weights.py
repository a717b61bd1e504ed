"""Weights of the rows of a joint Jacobian for the terms of ``VaryHold`` on one image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from resefa.discovery.objectives.feature import PixelValues
from resefa.discovery.objectives.term import IMAGE, INSIDE, OUTSIDE, Term
from resefa.discovery.objectives.vary_hold import VaryHold, place_of
from resefa.errors import GeneratorError, RegionError
from resefa.jacobian.linear_operator import LinearOperator
from resefa.regions.weights import RegionWeights
from resefa.types import PixelWeights

PROBES = 32
"""The number of random directions from which traces are estimated; exact where the space has no more dimensions."""
_AT_ONCE = 8


@dataclass(frozen=True, eq=False)
class Places:
    """The pixels in which terms count, for one image at the analysis size.

    Attributes:
        region: of the edit.
        named: text of a term's region -> weights (h, w).
    """

    region: RegionWeights
    named: Mapping[str, PixelWeights]

    def weights(self, term: Term, side: str) -> PixelWeights:
        """The weights (h, w) of a term's pixels. Held pixels are never those inside the edited region.

        Raises:
            RegionError: no pixel is left.
        """
        place, region = place_of(term, side), self.region
        fixed = {INSIDE: region.edit, OUTSIDE: region.protect, IMAGE: torch.ones_like(region.edit)}
        found = fixed[place] if place in fixed else self.named[place]
        if side == OUTSIDE and isinstance(term.feature, PixelValues) and place != OUTSIDE:
            found = torch.minimum(found, 1 - region.edit)
        if not bool(found.any()):
            raise RegionError(
                f"{term.text} counts in no pixel of the image outside the edited region; choose a different region for the term."
            )
        return found


def row_weights(
    objective: VaryHold, image_shape: tuple[int, int, int], places: Places, energies: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The weights of wanted and of unwanted change on the features of one image: (h, w), (f, h, w), or (1, m, 1).

    Args:
        image_shape: (c, height, width) at the analysis size.
        energies: (m,) from ``row_energies``; needed where a side has several terms.

    Raises:
        GeneratorError: a network's features do not change with the code.
    """
    shapes = objective.block_shapes(image_shape)
    first, second = (
        _side(objective, shapes, terms, side, places, energies)
        for terms, side in ((objective.vary, INSIDE), (objective.hold, OUTSIDE))
    )
    return first, second


def needs_energies(objective: VaryHold) -> bool:
    """Whether a side has several terms, which are divided by their traces."""
    return max(len(objective.vary), len(objective.hold)) > 1


def row_energies(jacobian: LinearOperator) -> Tensor:
    """Estimates (m,) of the squared norms of the rows of a Jacobian (m, n), float64 on the CPU, from JVPs with orthonormal directions.

    Their weighted sum is the trace of the weighted Gram matrix. The directions are the same for every image and solver.
    """
    n = jacobian.shape[1]
    count = min(PROBES, n)
    random = torch.randn(n, count, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    probes = torch.linalg.qr(random).Q.T
    total = torch.zeros(jacobian.shape[0], dtype=torch.float64)
    for block in probes.split(_AT_ONCE):
        total += jacobian.apply(block).to("cpu", torch.float64).square().sum(0)
    return total * (n / count)


def _side(
    objective: VaryHold,
    shapes: Sequence[tuple[int, int, int]],
    terms: Sequence[Term],
    side: str,
    places: Places,
    energies: Tensor | None,
) -> Tensor:
    names = [feature.block for feature in objective.blocks]
    rows = [_rows(term, shapes[names.index(term.feature.block)], side, places) for term in terms]
    if len(names) == 1 and len(rows) == 1:
        return rows[0]
    sizes = [prod(shape) for shape in shapes]
    total = torch.zeros(sum(sizes), dtype=torch.float64)
    for term, found in zip(terms, rows, strict=True):
        index = names.index(term.feature.block)
        start = sum(sizes[:index])
        part = slice(start, start + sizes[index])
        flat = found.expand(shapes[index]).flatten()
        if len(terms) == 1:
            total[part] = flat
            continue
        assert energies is not None
        trace = float(flat @ energies[part])
        if trace > 0:
            total[part] += term.weight / trace * flat
        elif not term.feature.per_pixel:
            raise GeneratorError(
                f"{term.feature.text} does not change with the latent code in any of {PROBES} random directions, so it cannot be varied or held; its "
                "network may round, clamp or detach its input."
            )
    if len(names) > 1:
        return total[None, :, None]
    alike = all(found.ndim == 2 for found in rows)
    return total.reshape(shapes[0])[0] if alike else total.reshape(shapes[0])


def _rows(term: Term, shape: tuple[int, int, int], side: str, places: Places) -> Tensor:
    """The weights of a term's rows in its block: (h, w) if all channels count alike, else (f, h, w)."""
    if not term.feature.per_pixel:
        return torch.ones(shape, dtype=torch.float64)
    pixels = places.weights(term, side)
    channels = term.feature.channels
    return pixels if channels is None else torch.tensor(channels, dtype=torch.float64)[:, None, None] * pixels

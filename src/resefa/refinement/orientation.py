"""Orientation of directions: one rule by which a strength above 0 means the same on every image and in every file.

The sign of an eigenvector is arbitrary. The rule looks at the derivative ``J d`` of the image inside the region, as a fraction of its
root mean square there, and takes the first of these quantities that reaches ``LEAST`` in absolute value:

1. the mean luminance: + is brighter;
2. the luminance weighted by the height in the region: + is brighter in the lower part, so darker in the upper part;
3. the mean of red minus luminance: + is redder.

Where none does, the largest of the three decides. Of several images the quantities are averaged first. On 24 heads of toon-faces-64
edits of two images that resemble each other then have the same sign in 95% (mouth), 99% (eyes) and 89% (hair) of pairs, with
the sign of the largest coordinate in 51%, 47% and 65% (benchmarks/results/orientation.json).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from resefa.directions.directions import Directions
from resefa.directions.facts import DirectionFacts
from resefa.discovery.objectives.feature import LUMINANCE
from resefa.discovery.problem import RegionProblem
from resefa.refinement.first_order import derivatives
from resefa.types import PixelWeights, Vectors

LEAST = 0.1
"""Smallest absolute value, as a fraction of the derivative's root mean square, of a quantity that decides. Chosen among 0.05 to 0.3
on toon-faces-64."""
MEANINGS = ("brighter inside the region", "brighter in the lower part of the region", "redder inside the region")
"""The meaning of a strength above 0, by the quantity that decides."""


@dataclass(frozen=True, eq=False)
class Orientation:
    """The signs of directions by the rule, with their meaning.

    Attributes:
        signs: (k,) float64, 1 or -1: the factor that orients each direction; 1 where nothing changes inside.
        meanings: of a strength above 0, for each direction; empty where nothing changes inside.
        shares: for each direction the fraction of the images on which a strength above 0 has this meaning.
    """

    signs: Tensor
    meanings: tuple[str, ...]
    shares: tuple[float, ...]


def oriented(problem: RegionProblem, directions: Directions, meaning: str = "") -> Directions:
    """The directions with signs by the rule, and the meaning of a strength above 0 in their facts.

    Args:
        problem: that of the directions; its Jacobian is read from the cache, or costs a JVP for each direction and image.
        meaning: of a strength above 0 by the method's definition: the signs are then not changed.
    """
    if meaning:
        return _with_facts(directions, [(meaning, None)] * len(directions))
    found = orientation_of(problem, directions.vectors)
    several = len(problem.code) > 1
    shares = [share if several and said else None for share, said in zip(found.shares, found.meanings, strict=True)]
    vectors = directions.vectors * found.signs.to(directions.vectors)[:, None]
    return _with_facts(replace(directions, vectors=vectors), list(zip(found.meanings, shares, strict=True)))


def orientation_of(problem: RegionProblem, vectors: Vectors) -> Orientation:
    """The orientation of directions (k, n) on the problem's images, by the rule."""
    images = [torch.zeros(len(vectors), len(MEANINGS), dtype=torch.float64)]
    for start, changes, edit in derivatives(problem, vectors):
        if start == 0:
            images.append(torch.zeros_like(images[0]))
        images[-1][start : start + len(changes)] = quantities(changes, edit)
    return decided(torch.stack(images[1:]))


def quantities(changes: Tensor, edit: PixelWeights) -> Tensor:
    """The three quantities of changes (k, c, h, w), (k, 3): means inside the region as fractions of the root mean square there.

    All are 0 where nothing changes inside.
    """
    weights = edit / edit.sum().clamp_min(torch.finfo(edit.dtype).tiny)
    colour = changes.shape[1] == 3
    light = torch.einsum("c,kchw->khw", changes.new_tensor(LUMINANCE), changes) if colour else changes.mean(1)
    red = changes[:, 0] - light
    rows = torch.arange(edit.shape[0], dtype=edit.dtype)[:, None].expand_as(edit)
    height = rows - (weights * rows).sum()
    height = height / (weights * height.square()).sum().sqrt().clamp_min(1e-6)
    sums = torch.stack([(part * weights).sum((1, 2)) for part in (light, light * height, red)], 1)
    size = (changes.square().mean(1) * weights).sum((1, 2)).sqrt()
    return torch.where(size[:, None] > 0, sums / size[:, None].clamp_min(torch.finfo(size.dtype).tiny), 0.0)


def decided(images: Tensor) -> Orientation:
    """The orientation from the quantities of each image, (b, k, 3)."""
    means = images.mean(0)
    reached = means.abs() >= LEAST
    first = reached.double().argmax(1)  # the first of equal maxima
    deciding = torch.where(reached.any(1), first, means.abs().argmax(1))
    rows = torch.arange(len(means))
    values = means[rows, deciding]
    signs = torch.where(values < 0, -1.0, 1.0).double()
    shares = (images[:, rows, deciding] * signs > 0).double().mean(0)
    meanings = [MEANINGS[i] if value else "" for i, value in zip(deciding.tolist(), values.tolist(), strict=True)]
    return Orientation(signs, tuple(meanings), tuple(shares.tolist()))


def _with_facts(directions: Directions, found: list[tuple[str, float | None]]) -> Directions:
    facts = directions.facts or (DirectionFacts(),) * len(directions)
    oriented = (
        replace(one, orientation=meaning, orientation_share=share)
        for one, (meaning, share) in zip(facts, found, strict=True)
    )
    return replace(directions, facts=tuple(oriented))

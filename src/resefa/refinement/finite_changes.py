"""Changes of the image by edits at a calibrated strength, in both signs, and their correlations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from resefa.discovery.edited_images import EditedImages
from resefa.discovery.objectives.objective import PIXELS, Pixels
from resefa.discovery.problem import RegionProblem
from resefa.editing.strength import DEFAULT_CHANGE, typical_difference, typical_distance
from resefa.editing.strength_search import Limits, reach
from resefa.metrics.change import Change, region_change
from resefa.types import Image, Latent, PixelWeights

SIGNS = (1, -1)


@dataclass(frozen=True, eq=False)
class FiniteChange:
    """The change of the image along one direction at strengths +1 and -1.

    Attributes:
        pixels: (2, p) float64, values inside the region times the root of their weight, all images concatenated.
        features: (2, q), the same of the problem's wanted features: rows in the row space of the factor of A.
        inside, outside: (2,) mean squared changes, means over the images.
        steps: (b, 2), the signed step of each image and sign.
    """

    pixels: Tensor
    features: Tensor
    inside: Tensor
    outside: Tensor
    steps: Tensor

    def correlation(self, other: FiniteChange) -> float:
        """The largest absolute correlation ``|<D_i, D_j>| / (|D_i| |D_j|)`` over the four pairs of signs; 0 if nothing changes."""
        return float((_unit(self.pixels) @ _unit(other.pixels).T).abs().max().clamp_max(1))


def _unit(rows: Tensor) -> Tensor:
    return rows / rows.norm(dim=1, keepdim=True).clamp_min(torch.finfo(rows.dtype).tiny)


@dataclass(frozen=True, eq=False)
class FiniteChanges:
    """Measurement of finite changes on a problem's images, at the analysis size.

    Attributes:
        problem: its region, images and objective.
        change: mean squared change inside of strengths +1 and -1; a sign that does not reach it is taken at its limit
            (``resefa/editing/strength_search.py``).
    """

    problem: RegionProblem
    change: float = DEFAULT_CHANGE

    def of(self, vector: Tensor) -> FiniteChange:
        """The changes along a unit direction (n,); about 16 images for each image of the problem."""
        found = [[image.side(vector, sign, self.change) for sign in SIGNS] for image in self._images]
        pixels = torch.stack([torch.cat([sides[s].pixels for sides in found]) for s in range(len(SIGNS))])
        features = torch.stack([torch.cat([sides[s].features for sides in found]) for s in range(len(SIGNS))])
        figures = [[(side.change.inside, side.change.outside) for side in sides] for sides in found]
        inside, outside = torch.tensor(figures, dtype=torch.float64).mean(0).unbind(1)
        steps = torch.tensor([[side.step for side in sides] for sides in found], dtype=torch.float64)
        return FiniteChange(pixels, features, inside, outside, steps)

    @cached_property
    def _images(self) -> list[_ImageChanges]:
        problem = self.problem
        limits = Limits(0.0, typical_difference(problem.generator))
        found = []
        for image, region, wanted in zip(problem.images, problem.regions, wanted_weights(problem), strict=True):
            weights = region.weights(*problem.generator.resolution).resized(*problem.size)
            found.append(_ImageChanges(image, weights.edit, weights.protect, wanted, limits))
        return found


class _SideChange(NamedTuple):
    """Weighted changes of the pixels and of the features of one image and sign, their mean squares, and the signed step."""

    pixels: Tensor
    features: Tensor
    change: Change
    step: float


@dataclass(frozen=True, eq=False)
class _ImageChanges:
    """Finite changes of one image."""

    image: EditedImages
    edit: PixelWeights
    protect: PixelWeights
    wanted: Tensor
    limits: Limits

    @cached_property
    def _pixels(self) -> tuple[Callable[[Latent], Image], Latent, Image]:
        function, start = replace(self.image, objective=Pixels()).function()
        return function, start, _evaluated(function, start)

    @cached_property
    def _features(self) -> tuple[Callable[[Latent], Tensor], Tensor] | None:
        """The features as a function and those of the image; None if they are the pixels."""
        if self.image.objective.feature_map == PIXELS:
            return None
        function, start = self.image.function()
        return function, _evaluated(function, start)

    @cached_property
    def _longest(self) -> float:
        return typical_distance(self.image.generator, self.image.motion)

    def side(self, vector: Tensor, sign: int, change: float) -> _SideChange:
        """The changes of one sign."""
        function, start, original = self._pixels
        step = sign * vector.to(start)
        length = self._longest / float(self.image.motion.lift(step).norm())
        seen: dict[float, Image] = {}

        def measured(alpha: float) -> Change:
            seen[alpha] = _evaluated(function, start + alpha * step)
            return region_change(seen[alpha], original, self.edit, self.protect)[0]

        side = reach(measured, change, replace(self.limits, length=length))
        moved = seen[side.alpha] - original
        pixels = _weighted(moved, self.edit)
        if self._features is None:
            return _SideChange(pixels, _weighted(moved, self.wanted), side.change, sign * side.alpha)
        features, before = self._features
        after = _evaluated(features, start + side.alpha * step)
        return _SideChange(pixels, _weighted(after - before, self.wanted), side.change, sign * side.alpha)


def _evaluated(function: Callable[[Latent], Tensor], point: Latent) -> Tensor:
    with torch.no_grad():
        return function(point).cpu()


def _weighted(change: Tensor, weights: Tensor) -> Tensor:
    """The values (1, f, h, w) with a weight above 0, times its root: (q,) float64."""
    rows = weighted_values(change.double(), weights)
    return rows[0]


def weighted_values(values: Tensor, weights: Tensor) -> Tensor:
    """The values (k, f, h, w) with a weight above 0, (h, w) or (f, h, w), times its root: (k, q)."""
    full = weights.to(values).expand(values.shape[1:]).flatten()
    chosen = full.nonzero().squeeze(1)
    return values.flatten(1)[:, chosen] * full[chosen].sqrt()


def wanted_weights(problem: RegionProblem) -> list[Tensor]:
    """For each image the weights of the values that A sums: those of the objective times the image's weight in the sum."""
    scales = problem.image_scales
    return [scale * wanted for (scale, _), (wanted, _) in zip(scales, problem.parts(), strict=True)]

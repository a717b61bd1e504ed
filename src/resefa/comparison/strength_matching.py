"""Strength matching: the steps along directions on one image that reach given mean squared changes inside the region.

The search is that of ``resefa.calibrate`` (``editing/strength_search.py``), with the images of all directions, signs and levels
synthesized in common batches. The search does not stop where the picture degenerates: a method that
reaches the change only there is shown with the change outside that this costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.curved import CurvedDirection
from resefa.editing.moves import motions
from resefa.editing.strength import LARGEST_CHANGE, LARGEST_STEP, typical_distance
from resefa.editing.strength_search import Limits, Side, reach_together, search
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.metrics.change import Change, squared_change
from resefa.regions.weights import RegionWeights
from resefa.types import Image

LIMITS = Limits(LARGEST_STEP, least_growth=1.1)
AT_ONCE = 64
"""The number of images synthesized at a time."""


@dataclass(frozen=True, eq=False)
class Path:
    """A direction with a sign, ``sign * alpha * d`` for alpha > 0, and the region in which its change is measured.

    The step of a curved direction is a place on its curve (``CurvedDirection``).
    """

    direction: Direction
    weights: RegionWeights
    sign: int


class Paths:
    """Paths that start at the image of one latent code; their directions may lie in different latent spaces."""

    def __init__(self, generator: BaseGenerator, code: LatentCode, paths: Sequence[Path]) -> None:
        self.paths = list(paths)
        self._generator = generator
        self._bases: list[LatentCode] = []
        self._vectors: list[Tensor] = []
        self._distances: dict[tuple[str, str | None, str], float] = {}
        self._motions: list[Motion] = []
        lifted: dict[int, tuple[LatentCode, Motion, Tensor]] = {}
        for path in self.paths:
            if id(path.direction) not in lifted:
                base, (motion,) = motions(generator, code, [path.direction])
                lifted[id(path.direction)] = base, motion, motion.lift(path.direction.vector.to(base.values))
            base, motion, vector = lifted[id(path.direction)]
            self._bases.append(base)
            self._motions.append(motion)
            self._vectors.append(path.sign * vector)
        self.original = generator.synthesize(code)

    def images(self, chosen: Sequence[int], alphas: Sequence[float]) -> Image:
        """The images (b, c, h, w), one for each pair of a path's index and a step."""
        found: list[Tensor | None] = [None] * len(chosen)
        spaces: dict[str, list[int]] = {}
        for i, which in enumerate(chosen):
            spaces.setdefault(self._bases[which].space, []).append(i)
        for space, places in spaces.items():
            values = torch.cat([self._bases[chosen[i]].values + self._step(chosen[i], alphas[i]) for i in places])
            for i, image in zip(places, self._generator.synthesize(LatentCode(values, space)), strict=True):
                found[i] = image
        return torch.stack([image for image in found if image is not None])

    def _step(self, which: int, alpha: float) -> Tensor:
        """The step of a path's code, (1, N) or (N,)."""
        path = self.paths[which]
        if not isinstance(path.direction, CurvedDirection):
            return float(alpha) * self._vectors[which]
        place = torch.tensor([path.sign * float(alpha)], dtype=torch.float64)
        return self._motions[which].lift(path.direction.displacements(place).to(self._bases[which].values))

    def changes(self, chosen: Sequence[int], alphas: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """The mean squared changes inside (b,) and outside (b,), for each pair of a path's index and a step."""
        found = [(np.empty(0), np.empty(0))]
        for start in range(0, len(chosen), AT_ONCE):
            part = list(chosen[start : start + AT_ONCE])
            found.append(self.changes_of(self.images(part, alphas[start : start + AT_ONCE]), part))
        inside, outside = (np.concatenate(each) for each in zip(*found, strict=True))
        return inside, outside

    def changes_of(self, images: Image, chosen: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """The mean squared changes inside (b,) and outside (b,) of edited images (b, c, h, w), one for each path's index."""
        inside, outside = [], []
        for row, which in zip(squared_change(images, self.original), chosen, strict=True):
            weights = self.paths[which].weights
            edit, protect = weights.edit.to(row), weights.protect.to(row)
            inside.append(float((row * edit).sum() / edit.sum()))
            outside.append(float((row * protect).sum() / protect.sum()))
        return np.array(inside), np.array(outside)

    def longest(self, which: int) -> float:
        """The longest step along a path: the typical distance between samples in the numbers of the code that move, or the end of a curve."""
        direction = self.paths[which].direction
        if isinstance(direction, CurvedDirection):
            # Strengths of unit 1 are root-mean-square changes inside; no change exceeds the root of LARGEST_CHANGE.
            return abs(direction.strengths(1.0).alpha(self.paths[which].sign * LARGEST_CHANGE**0.5))
        origin = direction.provenance
        motion = self._generator.motion(origin.space, origin.layers, self._bases[which].space)
        key = (origin.space, origin.layers, motion.target.name)
        if key not in self._distances:
            self._distances[key] = typical_distance(self._generator, motion)
        return self._distances[key] / float(self._vectors[which].norm())

    def matched(self, levels: Sequence[float]) -> list[list[Side]]:
        """For each path and level: the step that reaches the level, the changes at this step, and whether the level was reached."""
        chosen = [i for i in range(len(self.paths)) for _ in levels]

        def measured(places: Sequence[int], alphas: Sequence[float]) -> list[Change]:
            pairs = zip(*self.changes([chosen[i] for i in places], alphas), strict=True)
            return [Change(float(inside), float(outside)) for inside, outside in pairs]

        sides = reach_together(measured, [search(level, LIMITS) for _ in self.paths for level in levels])
        return [sides[i * len(levels) : (i + 1) * len(levels)] for i in range(len(self.paths))]

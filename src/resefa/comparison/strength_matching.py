"""Strength matching: steps along many directions on one image that reach given mean squared changes inside their regions.

The steps agree with ``resefa.calibrate`` (grow the step until the change is reached, then false position), with the images of all
directions, signs and levels synthesized in common batches. The search does not stop where the picture degenerates: a method that
reaches the change only there is shown with the change outside that this costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.moved import motions
from resefa.editing.typical import LARGEST_STEP
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.metrics.change import squared_change
from resefa.regions.weights import RegionWeights
from resefa.types import Image

_CLOSE = 1e-4
_TRIALS = 40
_AT_ONCE = 64
"""Images synthesized at a time."""


@dataclass(frozen=True, eq=False)
class Path:
    """One sign of a direction: ``sign * alpha * d`` for alpha > 0, measured with the weights of a region."""

    direction: Direction
    weights: RegionWeights
    sign: int


@dataclass(frozen=True)
class Step:
    """End of a search: ``inside`` is the requested change if ``attained``, else the change at the longest step."""

    alpha: float
    inside: float
    outside: float
    attained: bool


class Paths:
    """Several paths from the image of one code; their directions may lie in different latent spaces."""

    def __init__(self, generator: Generator, code: LatentCode, paths: Sequence[Path]) -> None:
        self.paths = list(paths)
        self._generator = generator
        self._bases: list[LatentCode] = []
        self._vectors: list[Tensor] = []
        lifted: dict[int, tuple[LatentCode, Tensor]] = {}
        for path in self.paths:
            if id(path.direction) not in lifted:
                base, (motion,) = motions(generator, code, [path.direction])
                lifted[id(path.direction)] = base, motion.lift(path.direction.vector.to(base.values))
            base, vector = lifted[id(path.direction)]
            self._bases.append(base)
            self._vectors.append(path.sign * vector)
        self.original = generator.synthesize(code)

    def images(self, chosen: Sequence[int], alphas: Sequence[float]) -> Image:
        """Images (b, c, h, w), one for each pair of a path's index and a step."""
        found: list[Tensor | None] = [None] * len(chosen)
        spaces: dict[str, list[int]] = {}
        for i, which in enumerate(chosen):
            spaces.setdefault(self._bases[which].space, []).append(i)
        for space, places in spaces.items():
            values = torch.cat([
                self._bases[chosen[i]].values + float(alphas[i]) * self._vectors[chosen[i]] for i in places
            ])  # fmt: skip
            for i, image in zip(places, self._generator.synthesize(LatentCode(values, space)), strict=True):
                found[i] = image
        return torch.stack([image for image in found if image is not None])

    def changes(self, chosen: Sequence[int], alphas: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """Mean squared changes inside (b,) and outside (b,) of those images."""
        inside, outside = [], []
        for start in range(0, len(chosen), _AT_ONCE):
            part = list(chosen[start : start + _AT_ONCE])
            change = squared_change(self.images(part, alphas[start : start + _AT_ONCE]), self.original)
            for row, which in zip(change, part, strict=True):
                weights = self.paths[which].weights
                edit, protect = weights.edit.to(row), weights.protect.to(row)
                inside.append(float((row * edit).sum() / edit.sum()))
                outside.append(float((row * protect).sum() / protect.sum()))
        return np.array(inside), np.array(outside)

    def matched(self, levels: Sequence[float]) -> list[list[Step]]:
        """For each path, its step to each level."""
        chosen = [i for i in range(len(self.paths)) for _ in levels]
        steps = self._reached(chosen, np.array([level for _ in self.paths for level in levels]))
        return [steps[i * len(levels) : (i + 1) * len(levels)] for i in range(len(self.paths))]

    def _reached(self, chosen: list[int], change: np.ndarray) -> list[Step]:
        n = len(chosen)
        low, high = np.zeros(n), np.ones(n)
        lower = np.zeros(n)
        inside, outside = self.changes(chosen, high)

        def look(places: np.ndarray, alphas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return self.changes([chosen[i] for i in places], alphas)

        while len(short := np.flatnonzero((inside < change) & (high < LARGEST_STEP))):
            low[short], lower[short] = high[short], inside[short]
            # The step of a proportional change, and a little more; at most double.
            wanted = high[short] * 1.05 * np.sqrt(change[short] / np.maximum(inside[short], 1e-12))
            high[short] = np.minimum(np.maximum(high[short] * 1.1, np.minimum(wanted, high[short] * 2)), LARGEST_STEP)
            inside[short], outside[short] = look(short, high[short])
        attained = inside >= change
        below, above = np.sqrt(lower) - np.sqrt(change), np.sqrt(inside) - np.sqrt(change)
        side = np.zeros(n)
        busy = attained & (np.abs(inside / change - 1) >= _CLOSE)
        for _ in range(_TRIALS):
            if not len(open_ := np.flatnonzero(busy)):
                break
            lo, hi, b, a = low[open_], high[open_], below[open_], above[open_]
            middle = (lo * a - hi * b) / (a - b)
            tried, around = look(open_, middle)
            gap = np.sqrt(tried) - np.sqrt(change[open_])
            close = np.abs(tried / change[open_] - 1) < _CLOSE
            under = (gap < 0) & ~close
            over = ~under
            # An end that stays twice in a row counts half, so that it moves too (the Illinois rule).
            above[open_[under]] /= np.where(side[open_[under]] < 0, 2, 1)
            below[open_[over]] /= np.where(side[open_[over]] > 0, 2, 1)
            low[open_[under]], below[open_[under]] = middle[under], gap[under]
            high[open_[over]], above[open_[over]] = middle[over], gap[over]
            inside[open_[over]], outside[open_[over]] = tried[over], around[over]
            side[open_] = np.where(under, -1, 1)
            busy[open_[close]] = False
        return [Step(float(high[i]), float(inside[i]), float(outside[i]), bool(attained[i])) for i in range(n)]

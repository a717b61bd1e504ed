"""The ladder of strengths: pictures along a direction at steps whose changes inside aim at given levels.

The first step comes from the direction's rate of change, every other step from the change measured at the step before, so that each rung
costs one picture; levels that a step has passed are skipped. All sides of an image climb together, in common batches.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from resefa.comparison.strength_matching import AT_ONCE, Paths
from resefa.editing.curved import CurvedDirection
from resefa.types import Image

LEAST_GROWTH, MOST_GROWTH = 1.05, 3.0
LEAST_RISE = 1.25
"""Ratio of the next level to the measured change inside; a nearer level is skipped."""
LEAST_POWER = 0.7
"""The smallest assumed power, for changes that saturate."""
_FIRST = 1 / 64
"""The first step of a direction without a rate of change, as a fraction of the longest step."""
_TINY = 1e-12


@dataclass
class Climb:
    """The rungs of one side: the step's length, and the mean squared change inside and outside the region, at each picture.

    Attributes:
        alpha: the next step.
        limit: the longest step, the typical distance between samples in the numbers of the code that move.
        levels: changes inside at which the steps aim.
        ended: whether no further picture follows.
    """

    alpha: float
    limit: float
    levels: Sequence[float]
    alphas: list[float] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    outside: list[float] = field(default_factory=list)
    ended: bool = False

    def stands(self, inside: float, outside: float) -> None:
        """Record the picture at the present step, and aim the next step at the next level above."""
        self.alphas.append(self.alpha)
        self.inside.append(inside)
        self.outside.append(outside)
        above = next((level for level in self.levels if level > LEAST_RISE * inside), None)
        if above is None or self.alpha >= self.limit or len(self.alphas) > len(self.levels):
            self.ended = True
            return
        growth = (above / max(inside, _TINY)) ** (1 / self._power())
        self.alpha = min(self.alpha * min(max(growth, LEAST_GROWTH), MOST_GROWTH), self.limit)

    def _power(self) -> float:
        """The power of the step with which the change grew between the last two pictures; 2, to first order, for the first step."""
        if len(self.alphas) < 2:
            return 2.0
        grown = math.log(max(self.inside[-1], _TINY) / max(self.inside[-2], _TINY))
        return min(max(grown / math.log(self.alphas[-1] / self.alphas[-2]), LEAST_POWER), 2.0)


def climb(paths: Paths, levels: Sequence[float], seen: Callable[[Sequence[int], Image], Sequence[bool]]) -> list[Climb]:
    """Climb all paths, and return the rungs of each.

    Args:
        seen: receives the indices of paths and a picture of each, rung after rung, and returns for each whether to climb on.
    """
    climbs = [_start(paths, i, levels) for i in range(len(paths.paths))]
    while here := [i for i, one in enumerate(climbs) if not one.ended]:
        for start in range(0, len(here), AT_ONCE):
            part = here[start : start + AT_ONCE]
            images = paths.images(part, [climbs[i].alpha for i in part])
            for i, inside, outside in zip(part, *paths.changes_of(images, part), strict=True):
                climbs[i].stands(float(inside), float(outside))
            for i, further in zip(part, seen(part, images), strict=True):
                climbs[i].ended |= not further
    return climbs


def _start(paths: Paths, index: int, levels: Sequence[float]) -> Climb:
    limit, direction = paths.longest(index), paths.paths[index].direction
    # The step of a curved direction is the root of the change inside.
    rate = 1.0 if isinstance(direction, CurvedDirection) else direction.inside_rate
    alpha = (levels[0] / rate) ** 0.5 if rate and rate > 0 else _FIRST * limit
    return Climb(min(alpha, limit), limit, levels)

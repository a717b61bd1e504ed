"""Correction of a displacement: the smallest change outside at a given change inside, from exact gradients.

At a displacement v with changes ``E_f`` inside and ``E_b`` outside, a step solves

    minimise  E_b + g_b^T s + s^T H s   subject to  E_f + g_f^T s = c,

with the gradients g of both changes and the metric H of the outside (Gauss-Newton: ``2 H`` is the Hessian of E_b where the
image is linear in the code). Its solution ``s = -P H^-1 g_b / 2 + nu H^-1 g_f`` has two parts: the first pulls the outside back and
leaves the inside as it is, the second moves the inside further in the sense of its present change. Where a step fails, the ridge
of H grows (Levenberg and Marquardt), which shortens the step most where H knows least.

A small penalty on codes that are less typical than samples is added to E_b. Without the penalty a path leaves the codes that the generator
was trained on, and the region shows smears and single large eyes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from resefa.paths.drift import Drift, DriftAt
from resefa.paths.outside_metric import OutsideMetric
from resefa.paths.plausibility import Plausibility

CORRECTIONS = 6
"""The most steps towards one level."""
CLOSE = 0.03
"""Relative tolerance of a level, and of the decrease that a further correction promises."""
PLAUSIBLE = 0.02
"""Weight of the excess of the squared radius of the code, as a fraction of the change inside. Chosen by eye on toon faces: 0.002 leaves
smears, 0.2 gives up a tenth of the reach."""
_LEVEL_WEIGHT = 0.5
"""Weight of the squared error of the level beside the change outside, when steps are compared."""
_TRIALS = 5
_MORE_RIDGE, _MOST_RIDGE = 4.0, 256.0


@dataclass(eq=False)
class Corrector:
    """Corrections of the displacements of one image.

    Args:
        drift: the changes of the image.
        metric: H.
        plausibility: the penalty on codes that are unlike samples.
        longest: the longest single step; longer steps are shortened, because gradients hold nearby only.

    Attributes:
        steps, rejected: steps taken, and steps that were tried and repeated with a larger ridge.
    """

    drift: Drift
    metric: OutsideMetric
    plausibility: Plausibility
    longest: float
    steps: int = field(default=0, init=False)
    rejected: int = field(default=0, init=False)
    _ridge: float = field(default=1.0, init=False)

    def corrected(self, start: DriftAt, level: float) -> DriftAt:
        """Move to a level of change inside, and reduce the change outside there.

        Args:
            level: root of the wanted mean squared change inside.
        """
        at = start
        for _ in range(CORRECTIONS):
            inside = at.inside_gradient()
            outside = at.outside_gradient() + PLAUSIBLE * level**2 * self.plausibility.gradient(at.place)
            near = abs(at.level / level - 1) < CLOSE
            if near and self._step(at, level, inside, outside, 1.0).promise < CLOSE:
                break
            if (found := self._accepted(at, level, inside, outside)) is None:
                break
            before, at = self._merit(at, level), found
            gained = before - self._merit(at, level)
            self.steps += 1
            if gained < CLOSE * before:
                break
        return at

    def _accepted(self, at: DriftAt, level: float, inside: Tensor, outside: Tensor) -> DriftAt | None:
        """The first trial that is better; None if all fail."""
        for trial in range(_TRIALS):
            vector = 0.5**trial * self._step(at, level, inside, outside, self._ridge * _MORE_RIDGE**trial).vector
            length = float(vector.norm())
            found = self.drift.at(at.place + vector * min(1.0, self.longest / max(length, 1e-12)))
            if self._merit(found, level) < self._merit(at, level):
                change = 1 / _MORE_RIDGE if not trial else 1.0 if trial == 1 else _MORE_RIDGE
                self._ridge = min(max(self._ridge * change, 1.0), _MOST_RIDGE)
                return found
            self.rejected += 1
        return None

    def _merit(self, at: DriftAt, level: float) -> float:
        penalty = PLAUSIBLE * level**2 * self.plausibility.excess(at.place)
        return at.change.outside + _LEVEL_WEIGHT * (at.level - level) ** 2 + penalty

    def _step(self, at: DriftAt, level: float, inside: Tensor, outside: Tensor, ridge: float) -> _Step:
        along, back = (self.metric.solve(gradient, ridge) for gradient in (inside, outside / 2))
        slope = float(inside @ along)
        if not slope > 0:  # nothing in the region changes any more
            return _Step(-back, 0.0)
        pull = back - float(inside @ back) / slope * along
        # The pull leaves E_f as it is, so that the curvature of E_b takes half of its slope.
        removed = float(outside @ pull) / 2
        move = (level**2 - at.change.inside) / slope
        return _Step(move * along - pull, max(0.0, removed) / max(at.change.outside, 1e-12))


@dataclass(frozen=True, eq=False)
class _Step:
    """A step, and the fraction of the change outside that its pull removes to second order: 0 at a minimum."""

    vector: Tensor
    promise: float

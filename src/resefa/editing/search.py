"""The search for the step that gives a wanted change inside a region, and where it must stop.

A direction's two signs may differ many times: a closed mouth opens, but cannot close. Beyond such a point a longer step
changes the region no more and the rest of the picture more and more, until it is gone. The search stops there, by what is
measured and by nothing else:

- **saturated**: the change outside exceeds a tenth of the change inside, and the last lengthening of the step added less than half as
  much inside as outside;
- **gone**: the change outside exceeds a fifth of the typical difference between the images of two samples;
- **far**: the step is as long as the typical distance between two samples in the numbers of the code that move.

The first two suppose a direction that is local. Where the first step changes the outside by more than a third or half of the
inside, less is asked: the gain may be as low as a quarter of the first step's, and the change outside up to half the typical
difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from resefa.metrics.change import Change

SATURATED = "a longer step changes the rest of the picture more than the region"
GONE = "a longer step makes the rest of the picture another one"
FAR = "the step is as long as the distance between two samples"

FREE = 0.1
"""Outside over inside up to which the picture counts as kept, whatever the last lengthening added."""
LEAST_GAIN = 0.5
"""Inside over outside, of what a lengthening of the step adds."""
LEAST_SHARE = 0.25
"""Of the inside change that the first step adds for the same change outside, where that is below ``LEAST_GAIN``."""
KEPT, KEPT_AT_MOST = 0.2, 0.5
"""Of the typical difference between two samples: the most that the outside may change, for local and for other directions."""
_LEAST_GROWTH, _MOST_GROWTH = 1.2, 2.0
_CLOSE = 1e-4
"""The change is met to this share of itself."""
_TRIALS = 40
_SHORTER, _SHORTENINGS = 4.0, 8
_BISECTIONS = 2


@dataclass(frozen=True)
class Limits:
    """How far a step may go: ``length`` of the step, and typical ``difference`` of two samples' images (mean squared)."""

    length: float
    difference: float = float("inf")


@dataclass(frozen=True)
class Side:
    """One sign of a direction: the step of strength 1, and how far the picture stays good.

    Attributes:
        alpha: the step's length, above 0.
        change: what was measured there: the wanted change inside if ``attained``, else the most that was reached.
        attained: whether the wanted change was reached.
        furthest: the longest step that was found good, at least ``alpha``; strengths above 1 go no further.
        reason: why the search ended at ``furthest``; empty where nothing ended it.
    """

    alpha: float
    change: Change
    attained: bool
    furthest: float
    reason: str = ""

    def step(self, strength: float) -> float:
        """The length of the step of a strength (its size alone)."""
        return min(abs(strength) * self.alpha, self.furthest)

    def shortened(self, strength: float) -> bool:
        """Whether that strength is shown at less than it says."""
        return abs(strength) * self.alpha > self.furthest * (1 + 1e-6)


def reach(measured: Callable[[float], Change], wanted: float, limits: Limits, largest: float = 1.0) -> Side:
    """Find the step of one side.

    Args:
        measured: the change that a step of a length above 0 gives.
        wanted: the mean squared change inside.
        limits: with a ``difference`` of infinity the search stops for its length alone.
        largest: the largest strength that is to be shown; the picture is followed to there.
    """
    walk = _Walk(measured, limits)
    while walk.found.inside < wanted * (1 - _CLOSE):
        # What a proportional change would need, and a little more.
        factor = 1.05 * (wanted / max(walk.found.inside, 1e-12)) ** 0.5
        if reason := walk.lengthened(min(max(factor, _LEAST_GROWTH), _MOST_GROWTH), wanted):
            return Side(walk.alpha, walk.found, False, walk.alpha, reason)
    alpha, found = walk.alpha, walk.found
    if abs(found.inside / wanted - 1) >= _CLOSE:
        alpha, found = walk.root((0.0, Change(0.0, 0.0)), (alpha, found), wanted)
        walk.alpha, walk.found = alpha, found
    furthest, reason = alpha, ""
    while largest > 1 and not reason and furthest < largest * alpha * (1 - 1e-9):
        reason = walk.lengthened(min(_MOST_GROWTH, largest * alpha / furthest))
        furthest = walk.alpha
    return Side(alpha, found, True, max(furthest, alpha), reason)


class _Walk:
    """Steps of growing length, each judged against the one before.

    Attributes:
        alpha, found: the longest step that is good, and its change.
    """

    def __init__(self, measured: Callable[[float], Change], limits: Limits) -> None:
        self._measured, self._limits = measured, limits
        self.alpha = min(1.0, limits.length)
        self.found = measured(self.alpha)
        for _ in range(_SHORTENINGS):
            if self.found.outside <= KEPT * limits.difference:
                break
            self.alpha /= _SHORTER
            self.found = measured(self.alpha)
        first = self.found.inside / self.found.outside if self.found.outside > 0 else float("inf")
        self._share = min(LEAST_GAIN, LEAST_SHARE * first)
        self._most = limits.difference * min(max(KEPT_AT_MOST / max(first, 1e-12), KEPT), KEPT_AT_MOST)

    def lengthened(self, factor: float, wanted: float = float("inf")) -> str:
        """Take a longer step, one at which the change is ``wanted`` if that is passed; if the picture breaks down there, say why not."""
        alpha = min(self.alpha * factor, self._limits.length)
        if alpha <= self.alpha * (1 + 1e-9):
            return FAR
        found = self._measured(alpha)
        if found.inside > wanted:
            alpha, found = self.root((self.alpha, self.found), (alpha, found), wanted)
        if not (reason := self._spent(found)):
            self.alpha, self.found = alpha, found
            return ""
        # What it does bear lies between.
        low, high = self.alpha, alpha
        for _ in range(_BISECTIONS):
            middle = (low * high) ** 0.5
            found = self._measured(middle)
            if self._spent(found):
                high = middle
            else:
                low = self.alpha = middle
                self.found = found
        return reason

    def root(self, lower: tuple[float, Change], upper: tuple[float, Change], wanted: float) -> tuple[float, Change]:
        """The step between two at which the change is ``wanted``, by false position (Illinois)."""
        # The root of the change grows about in proportion to the step, so a few trials do.
        (low, least), (high, found) = lower, upper
        below, above = _gap(least, wanted), _gap(found, wanted)
        side = 0
        for _ in range(_TRIALS):
            if abs(found.inside / wanted - 1) < _CLOSE:
                break
            middle = (low * above - high * below) / (above - below)
            trial = self._measured(middle)
            if abs(trial.inside / wanted - 1) < _CLOSE:
                return middle, trial
            # An end that stays twice running counts half, so that it too moves.
            if (gap := _gap(trial, wanted)) < 0:
                low, below = middle, gap
                above = above / 2 if side < 0 else above
                side = -1
            else:
                high, above, found = middle, gap, trial
                below = below / 2 if side > 0 else below
                side = 1
        return high, found

    def _spent(self, after: Change) -> str:
        """Why a step with this change, longer than the last one, is not good; empty where it is."""
        if self._limits.difference == float("inf"):
            return ""
        if after.outside > self._most:
            return GONE
        gained, lost = after.inside - self.found.inside, after.outside - self.found.outside
        return "" if after.outside <= FREE * after.inside or gained > self._share * lost else SATURATED


def _gap(change: Change, wanted: float) -> float:
    return change.inside**0.5 - wanted**0.5

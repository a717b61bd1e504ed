"""The search for the step that gives a requested change inside a region, and the limits of that step.

A direction's two signs may differ many times: a closed mouth opens, but cannot close. Beyond such a point a longer step
changes the region no more and the rest of the picture more and more, until the picture is lost. The search stops before, on
measured changes alone:

- **spread**: the change outside exceeds a tenth of the change inside;
- **saturated**: the change outside exceeds a tenth of the change inside where that is allowed (see below), and the last lengthening of the step added less than half as much inside as outside;
- **gone**: the change outside exceeds a fifth of the typical difference between the images of two samples;
- **far**: the step is as long as the typical distance between two samples in the numbers of the code that move.

The first three suppose a local direction. Where the first step changes the outside by more than a fortieth of the inside, the
limits are wider: the ratio of the changes, and of what a step adds, may fall to a quarter of the first step's, and the change
outside may reach half the typical difference. A ``Limits`` without a ``difference`` drops these rules: comparisons then see what
a method's change costs outside.

``search`` is a coroutine that yields the lengths to measure, so that one rule serves a single side (``reach``) and many
sides measured in common batches (``reach_together``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Generator as Coroutine
from dataclasses import dataclass
from typing import TypeAlias

from resefa.metrics.change import Change

SATURATED = "a longer step changes the rest of the image more than the region"
SPREAD = "a longer step changes too much of the rest of the image"
GONE = "a longer step turns the rest of the image into a different image"
FAR = "the step is as long as the distance between two samples"

FREE = 0.1
"""Ratio of the change outside to inside up to which the image counts as preserved."""
LEAST_GAIN = 0.5
"""Smallest ratio, inside to outside, of the change that a longer step adds."""
LEAST_SHARE = 0.25
"""Fraction of the first step's ratio: the smallest ratio allowed if this product is below ``LEAST_GAIN`` or ``LOCAL``."""
LOCAL = 10.0
"""Smallest ratio of the change inside to outside of a local direction. Chosen by eye on 120 searches over five toon faces (mouth and
eyes; W, W+, S), where pictures with a ratio below 5 were mostly wrecked and those above 10 seldom."""
KEPT, KEPT_AT_MOST = 0.2, 0.5
"""Largest change outside, as a fraction of the typical difference between samples: for local and for other directions."""
_MOST_GROWTH = 2.0
_CLOSE = 1e-4
"""Relative tolerance of the change."""
_TRIALS = 40
_SHORTER, _SHORTENINGS = 4.0, 8
_BISECTIONS = 2


@dataclass(frozen=True)
class Limits:
    """The limits of a step.

    Attributes:
        length: of the step.
        difference: typical mean squared difference between the images of two samples; infinity: only the length ends the search.
        least_growth: the factor by which a step grows at least. Any value finds the same step to the search's tolerance.
    """

    length: float
    difference: float = float("inf")
    least_growth: float = 1.2


@dataclass(frozen=True)
class Side:
    """One sign of a direction: the step of strength 1, and the longest step that preserves the rest of the image.

    Attributes:
        alpha: length of the step, above 0.
        change: measured at ``alpha``: the wanted change inside if ``attained``, else the most that was reached.
        attained: whether the wanted change was reached.
        furthest: the longest good step measured, at least ``alpha``; strengths above 1 go no further.
        reason: why the search ended at ``furthest``; empty where nothing ended it.
    """

    alpha: float
    change: Change
    attained: bool
    furthest: float
    reason: str = ""

    def step(self, strength: float) -> float:
        """The length of the step for the absolute value of a strength."""
        return min(abs(strength) * self.alpha, self.furthest)

    def shortened(self, strength: float) -> bool:
        """Whether the step of this strength is limited to ``furthest``."""
        return abs(strength) * self.alpha > self.furthest * (1 + 1e-6)


Search: TypeAlias = "Coroutine[float, Change, Side]"
"""A coroutine that yields the length of a step, receives its change, and returns the side."""
_Point: TypeAlias = "tuple[float, Change]"


def reach(measured: Callable[[float], Change], wanted: float, limits: Limits, largest: float = 1.0) -> Side:
    """Find the step of one side; see ``search``.

    Args:
        measured: the change that a step of a length above 0 gives.
    """
    (side,) = reach_together(lambda _, alphas: [measured(alpha) for alpha in alphas], [search(wanted, limits, largest)])
    return side


def reach_together(
    measured: Callable[[Sequence[int], Sequence[float]], Sequence[Change]], searches: Sequence[Search]
) -> list[Side]:
    """Find the steps of several sides together: the next steps of all are measured in one call.

    Args:
        measured: from numbers of searches and the lengths of their next steps, to the changes.
    """
    sides: dict[int, Side] = {}
    alphas = {i: next(one) for i, one in enumerate(searches)}
    while alphas:
        places, asked = list(alphas), list(alphas.values())
        alphas = {}
        for i, change in zip(places, measured(places, asked), strict=True):
            try:
                alphas[i] = searches[i].send(change)
            except StopIteration as ended:
                sides[i] = ended.value
    return [sides[i] for i in range(len(searches))]


def search(wanted: float, limits: Limits, largest: float = 1.0) -> Search:
    """Search the step of one side: lengthen it until the change is reached, then refine by false position.

    Args:
        wanted: mean squared change inside.
        largest: the largest strength to show; the picture is followed to that strength.
    """
    walk = _Walk(limits)
    yield from walk.begin()
    while walk.found.inside < wanted * (1 - _CLOSE):
        # The factor for a change proportional to the square of the step, and a little more.
        factor = 1.05 * (wanted / max(walk.found.inside, 1e-12)) ** 0.5
        if reason := (yield from walk.lengthen(min(max(factor, limits.least_growth), _MOST_GROWTH), wanted)):
            return Side(walk.alpha, walk.found, False, walk.alpha, reason)
    alpha, found = walk.alpha, walk.found
    if abs(found.inside / wanted - 1) >= _CLOSE:
        alpha, found = yield from _root((0.0, Change(0.0, 0.0)), (alpha, found), wanted)
        walk.alpha, walk.found = alpha, found
    furthest, reason = alpha, ""
    while largest > 1 and not reason and furthest < largest * alpha * (1 - 1e-9):
        reason = yield from walk.lengthen(min(_MOST_GROWTH, largest * alpha / furthest))
        furthest = walk.alpha
    return Side(alpha, found, True, max(furthest, alpha), reason)


class Preservation:
    """The rule that decides whether a longer step still preserves the rest of the image.

    Args:
        first: the change of the first step, which shows how local the direction is.
        limits: of the step.
    """

    def __init__(self, first: Change, limits: Limits) -> None:
        ratio = first.inside / first.outside if first.outside > 0 else float("inf")
        self._judges = limits.difference < float("inf")
        self._local = min(LOCAL, LEAST_SHARE * ratio)
        self._share = min(LEAST_GAIN, LEAST_SHARE * ratio)
        self._most = limits.difference * min(max(KEPT_AT_MOST / max(ratio, 1e-12), KEPT), KEPT_AT_MOST)

    def broken(self, before: Change, after: Change) -> str:
        """The reason to stop at a change, given that of the last accepted step; empty if there is none."""
        if not self._judges:
            return ""
        if after.outside > self._most:
            return GONE
        if after.outside * self._local > after.inside:
            return SPREAD
        gained, lost = after.inside - before.inside, after.outside - before.outside
        return "" if after.outside <= FREE * after.inside or gained > self._share * lost else SATURATED


class _Walk:
    """A sequence of growing steps, each compared with the previous one.

    Attributes:
        alpha, found: the longest good step, and its change.
    """

    alpha: float
    found: Change

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def begin(self) -> Coroutine[float, Change, None]:
        """Measure a first step of length 1, shorter if the outside changes too much."""
        self.alpha = min(1.0, self._limits.length)
        self.found = yield self.alpha
        for _ in range(_SHORTENINGS):
            if self.found.outside <= KEPT * self._limits.difference:
                break
            self.alpha /= _SHORTER
            self.found = yield self.alpha
        self._preservation = Preservation(self.found, self._limits)

    def lengthen(self, factor: float, wanted: float = float("inf")) -> Coroutine[float, Change, str]:
        """Take a longer step, at most to the change ``wanted``; return the reason to stop, else empty text."""
        alpha = min(self.alpha * factor, self._limits.length)
        if alpha <= self.alpha * (1 + 1e-9):
            return FAR
        found = yield alpha
        if found.inside > wanted:
            alpha, found = yield from _root((self.alpha, self.found), (alpha, found), wanted)
        if not (reason := self._spent(found)):
            self.alpha, self.found = alpha, found
            return ""
        # The longest good step lies between.
        low, high = self.alpha, alpha
        for _ in range(_BISECTIONS):
            middle = (low * high) ** 0.5
            found = yield middle
            if self._spent(found):
                high = middle
            else:
                low = self.alpha = middle
                self.found = found
        return reason

    def _spent(self, after: Change) -> str:
        """The reason to stop at a step with this change, longer than the last accepted step; empty if there is none."""
        return self._preservation.broken(self.found, after)


def _root(lower: _Point, upper: _Point, wanted: float) -> Coroutine[float, Change, _Point]:
    """The step between two steps at which the change is ``wanted``, by false position (Illinois variant)."""
    # The root of the change grows about in proportion to the step, so that a few trials suffice.
    (low, least), (high, found) = lower, upper
    below, above = _gap(least, wanted), _gap(found, wanted)
    side = 0
    for _ in range(_TRIALS):
        if abs(found.inside / wanted - 1) < _CLOSE:
            break
        middle = (low * above - high * below) / (above - below)
        trial = yield middle
        if abs(trial.inside / wanted - 1) < _CLOSE:
            return middle, trial
        # An end that stays twice in a row counts half, so that it moves too.
        if (gap := _gap(trial, wanted)) < 0:
            low, below = middle, gap
            above = above / 2 if side < 0 else above
            side = -1
        else:
            high, above, found = middle, gap, trial
            below = below / 2 if side > 0 else below
            side = 1
    return high, found


def _gap(change: Change, wanted: float) -> float:
    return change.inside**0.5 - wanted**0.5

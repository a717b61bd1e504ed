"""Strength: raw steps alpha along a unit direction, or calibrated so that 1.0 means a stated change in the region."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.moved import motions
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.shapes import given_code
from resefa.metrics.change import Change, region_change
from resefa.tensor_types import PixelWeights

DEFAULT_CHANGE = 0.05
LARGEST_STEP = 64.0
_CLOSE = 1e-4
"""The change is met to this share of itself."""
_TRIALS = 40


@dataclass(frozen=True)
class Calibration:
    """The step to each side at which the mean squared change inside the region is ``change`` (images in [-1, 1]).

    Attributes:
        positive, negative: alpha > 0 for strengths +1 and -1.
        plus, minus: what was measured there.
        attained: whether the change was reached on both sides before the step grew to 64 times a unit.
    """

    change: float
    positive: float
    negative: float
    plus: Change
    minus: Change
    attained: bool

    def alpha(self, strength: float) -> float:
        """The signed raw step of a strength."""
        return strength * (self.positive if strength >= 0 else self.negative)


def calibrate(
    generator: Generator,
    code: LatentCode | Tensor,
    direction: Direction,
    change: float = DEFAULT_CHANGE,
    *,
    edit: PixelWeights | None = None,
    protect: PixelWeights | None = None,
) -> Calibration:
    """Find, on the generator's own images of ``code`` (one or several: their mean), the step of strength 1.0.

    Raises:
        UsageError: no region is known, or the change is not between 0 and 4.
    """
    code = given_code(code, generator, direction.provenance.space)
    edit = direction.edit if edit is None else edit
    protect = direction.protect if protect is None else protect
    if edit is None or protect is None:
        raise UsageError("These directions name no region, so a change inside it has no meaning: give a region.")
    if not 0 < change < 4:
        raise UsageError(f"A change of {change} came: the mean squared change of images in [-1, 1] is between 0 and 4.")
    base, (motion,) = motions(generator, code, [direction])
    originals = generator.synthesize(base)
    vector = motion.lift(direction.vector.to(base.values))

    def measured(alpha: float) -> Change:
        changes = region_change(generator.synthesize(base.moved(alpha * vector)), originals, edit, protect)
        return Change(
            float(torch.tensor([c.inside for c in changes], dtype=torch.float64).mean()),
            float(torch.tensor([c.outside for c in changes], dtype=torch.float64).mean()),
        )

    sides = [_reach(measured, sign, change) for sign in (1.0, -1.0)]
    (up, plus, up_ok), (down, minus, down_ok) = sides
    return Calibration(change, up, down, plus, minus, up_ok and down_ok)


def _reach(measured, sign: float, change: float) -> tuple[float, Change, bool]:  # type: ignore[no-untyped-def]
    low, high, found = 0.0, 1.0, measured(sign)
    lower: Change | None = None
    while found.inside < change and high < LARGEST_STEP:
        low, lower = high, found
        # The next step is the one that a proportional change would need, and a little more; never more than double.
        wanted = high * 1.05 * (change / max(found.inside, 1e-12)) ** 0.5
        high = min(max(high * 1.1, min(wanted, high * 2)), LARGEST_STEP)
        found = measured(sign * high)
    if found.inside < change:
        return high, found, False
    # False position (Illinois) on the root of the change, which grows about in proportion to the step: a few trials do.
    below, above = _root_gap(lower, change), _root_gap(found, change)
    side = 0
    for _ in range(_TRIALS):
        if abs(found.inside / change - 1) < _CLOSE:
            break
        middle = (low * above - high * below) / (above - below)
        trial = measured(sign * middle)
        gap = _root_gap(trial, change)
        if abs(trial.inside / change - 1) < _CLOSE:
            return middle, trial, True
        # An end that stays twice running counts half, so that it too moves.
        if gap < 0:
            low, below = middle, gap
            above = above / 2 if side < 0 else above
            side = -1
        else:
            high, above, found = middle, gap, trial
            below = below / 2 if side > 0 else below
            side = 1
    return high, found, True


def _root_gap(change: Change | None, wanted: float) -> float:
    return (0.0 if change is None else change.inside**0.5) - wanted**0.5

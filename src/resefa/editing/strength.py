"""Strength: raw steps alpha along a unit direction, or calibrated so that 1.0 means a stated change in the region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.moved import motions, one_direction
from resefa.editing.search import Limits, Side, reach
from resefa.editing.typical import typical_difference, typical_distance
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.space import given_code
from resefa.metrics.change import Change, region_change
from resefa.types import PixelWeights

DEFAULT_CHANGE = 0.05
LARGEST_CHANGE = 4
"""From -1 to 1 everywhere."""


@dataclass(frozen=True)
class Calibration:
    """The steps of strengths +1 and -1, at which the mean squared change inside the region is ``change``.

    Each sign is a ``Side``: its step, what was measured there, whether the change was attained and, where it was not, why.

    Attributes:
        change: the wanted mean squared change inside (images in [-1, 1]).
        up: strengths above 0.
        down: strengths below 0.
    """

    change: float
    up: Side
    down: Side

    @property
    def positive(self) -> float:
        """Alpha > 0 of strength +1."""
        return self.up.alpha

    @property
    def negative(self) -> float:
        """Alpha > 0 of strength -1, which is the step ``-negative``."""
        return self.down.alpha

    @property
    def plus(self) -> Change:
        """What was measured at +1."""
        return self.up.change

    @property
    def minus(self) -> Change:
        """What was measured at -1."""
        return self.down.change

    @property
    def attained(self) -> bool:
        """Whether the change was reached on both sides."""
        return self.up.attained and self.down.attained

    def side(self, strength: float) -> Side:
        """The side that a strength is on."""
        return self.up if strength >= 0 else self.down

    def alpha(self, strength: float) -> float:
        """The signed raw step of a strength; never beyond the point where the picture breaks down."""
        length = self.side(strength).step(strength)
        return length if strength >= 0 else -length

    def notes(self, strengths: Sequence[float]) -> list[str]:
        """What pictures at these strengths do not show by themselves: ``+1 reaches 0.02 of 0.05``."""
        found = []
        for sign, side in (("-", self.down), ("+", self.up)):
            shown = [abs(s) for s in strengths if s and (s > 0) == (sign == "+")]
            if not shown:
                continue
            if not side.attained:
                found.append(f"{sign}1 reaches {side.change.inside:.2g} of {self.change:g}")
                if side.shortened(max(shown)):
                    found[-1] += f", and {sign}{max(shown):.3g} shows no more"
            elif side.shortened(max(shown)):
                furthest = side.furthest / side.alpha
                found.append(f"{sign}{max(shown):.3g} is shown at {sign}{furthest:.2f}; longer steps spoil the picture")
        return found


def calibrate(
    generator: Generator,
    code: LatentCode | Tensor,
    direction: Direction,
    change: float = DEFAULT_CHANGE,
    *,
    edit: PixelWeights | None = None,
    protect: PixelWeights | None = None,
    largest: float = 1.0,
) -> Calibration:
    """Find, on the generator's own images of ``code`` (one or several: their mean), the steps of strengths +1 and -1.

    A side whose picture is gone before the change is reached ends where it is still good, and says so: see
    ``resefa.editing.search`` for the rule.

    Args:
        edit, protect: (h, w) weights of the region, where the direction names none.
        largest: the largest strength that will be shown; ``Calibration.alpha`` stops where the picture breaks down.

    Raises:
        UsageError: no region is known, or the change is not between 0 and 4.
    """
    measured, length = _measuring(generator, code, direction, change, edit, protect)
    limits = Limits(length, typical_difference(generator))
    up, down = (reach(lambda alpha, s=s: measured(s * alpha), change, limits, largest) for s in (1, -1))  # type: ignore[misc]
    return Calibration(change, up, down)


def one_side(generator: Generator, code: LatentCode, direction: Direction, change: float, sign: int) -> Side:
    """As ``calibrate``, of one sign alone, and whatever becomes of the rest of the picture: for figures, not for pictures."""
    measured, length = _measuring(generator, code, direction, change, None, None)
    return reach(lambda alpha: measured(sign * alpha), change, Limits(length))


def _measuring(
    generator: Generator,
    code: LatentCode | Tensor,
    direction: Direction,
    change: float,
    edit: PixelWeights | None,
    protect: PixelWeights | None,
) -> tuple[Callable[[float], Change], float]:
    """The change of a signed step, and the longest step."""
    code = given_code(code, generator, one_direction(direction).provenance.space)
    edit = direction.edit if edit is None else edit
    protect = direction.protect if protect is None else protect
    if edit is None or protect is None:
        raise UsageError(
            f"{direction.name} names no region, so a change inside it cannot be measured; give edit and protect weights."
        )
    for name, weights in (("edit", edit), ("protect", protect)):
        if not isinstance(weights, Tensor):
            raise UsageError(
                f"{name} is a value of type {type(weights).__name__}; give weights (height, width), for example of "
                "region.weights(height, width)."
            )
    if not isinstance(change, int | float) or not 0 < change < LARGEST_CHANGE:
        raise UsageError(
            f"change={change!r} is not possible; the mean squared change of images in [-1, 1] lies between 0 and 4."
        )
    base, (motion,) = motions(generator, code, [direction])
    originals = generator.synthesize(base)
    vector = motion.lift(direction.vector.to(base.values))

    def measured(alpha: float) -> Change:
        changes = region_change(generator.synthesize(base.moved(alpha * vector)), originals, edit, protect)
        return Change(
            float(torch.tensor([c.inside for c in changes], dtype=torch.float64).mean()),
            float(torch.tensor([c.outside for c in changes], dtype=torch.float64).mean()),
        )

    return measured, typical_distance(generator, motion) / float(vector.norm())

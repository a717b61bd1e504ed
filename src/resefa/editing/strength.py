"""Strengths of an edit: raw steps alpha along a unit direction, or calibrated so that 1.0 is a given change inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.curved import checked_straight
from resefa.editing.fitting import fit
from resefa.editing.moves import checked_direction, motions
from resefa.editing.strength_search import Limits, Side, reach
from resefa.errors import UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.metrics.change import Change, region_change
from resefa.regions.as_region import RegionLike

DEFAULT_CHANGE = 0.05
LARGEST_CHANGE = 4
"""The largest possible mean squared change: from -1 to 1 in every pixel."""
LARGEST_STEP = 64.0
"""Limit of a step if samples do not differ, for example because a model is truncated to its mean."""
_DISTANCE_SEEDS, _DIFFERENCE_SEEDS = range(16), range(6)
_differences: WeakKeyDictionary[BaseGenerator, float] = WeakKeyDictionary()


@dataclass(frozen=True)
class Calibration:
    """The steps of strengths +1 and -1 that change the inside by a mean square of ``change``.

    Attributes:
        change: the wanted mean squared change inside (images in [-1, 1]).
        up: the side of strengths above 0: its step, the change measured there, and why it falls short, if it does.
        down: the side of strengths below 0.
    """

    change: float
    up: Side
    down: Side

    @property
    def positive(self) -> float:
        """The step alpha > 0 of strength +1."""
        return self.up.alpha

    @property
    def negative(self) -> float:
        """The size alpha > 0 of the step ``-alpha`` of strength -1."""
        return self.down.alpha

    @property
    def plus(self) -> Change:
        """The change measured at strength +1."""
        return self.up.change

    @property
    def minus(self) -> Change:
        """The change measured at strength -1."""
        return self.down.change

    @property
    def attained(self) -> bool:
        """Whether strengths +1 and -1 both reach the change."""
        return self.up.attained and self.down.attained

    def side(self, strength: float) -> Side:
        """The calibrated side (up or down) for a strength's sign."""
        return self.up if strength >= 0 else self.down

    def alpha(self, strength: float) -> float:
        """The signed raw step of a strength, limited to the longest step that preserves the rest of the image."""
        length = self.side(strength).step(strength)
        return length if strength >= 0 else -length

    def limit(self, strength: float) -> str:
        """The words for a picture that is not an edit of its strength, such as ``limit reached: 0.02 of 0.05``; else empty text."""
        side, size, sign = self.side(strength), abs(strength), "-" if strength < 0 else "+"
        if not size or (side.attained and not side.shortened(size)):
            return ""
        if side.attained:
            return f"limit reached: {sign}{side.furthest / side.alpha:.2f} of {sign}{size:.3g}"
        if size < 1:
            return f"{size:.3g} of the step to the limit"
        return f"limit reached: {side.change.inside:.2g} of {self.change:g}"

    def notes(self, strengths: Sequence[float]) -> list[str]:
        """Notes on images that do not reach their strength: ``+1 reaches a change of 0.02 instead of 0.05``."""
        found = []
        for sign, side in (("-", self.down), ("+", self.up)):
            shown = [abs(s) for s in strengths if s and (s > 0) == (sign == "+")]
            if not shown:
                continue
            if not side.attained:
                found.append(f"{sign}1 reaches a change of {side.change.inside:.2g} instead of {self.change:g}")
                if side.shortened(max(shown)):
                    found[-1] += f", and {sign}{max(shown):.3g} reaches no more"
            elif side.shortened(max(shown)):
                furthest = side.furthest / side.alpha
                found.append(f"{sign}{max(shown):.3g} is limited to {sign}{furthest:.2f}")
        return found


def calibrate(
    generator: Generator,
    code: LatentCode | Tensor | None,
    direction: Direction,
    change: float = DEFAULT_CHANGE,
    *,
    region: RegionLike | None = None,
    largest: float = 1.0,
) -> Calibration:
    """Find the steps of strengths +1 and -1 by measuring the generator's images.

    The search of a side whose picture breaks down before the change is reached ends where the picture is still good
    (``resefa/editing/strength_search.py`` states the rule); the side then says so.

    Args:
        generator: conditions as in ``resefa.edit``.
        code: one or several codes, whose mean change counts; None: the codes stored with the direction.
        change: wanted mean squared change inside, between 0 and 4.
        region: where changes are measured; default: the direction's region.
        largest: the largest strength that will be shown; ``Calibration.alpha`` stops where the picture breaks down.

    Raises:
        UsageError: neither the direction nor the call names a region, or the change is not between 0 and 4.
        LatentError: the direction does not fit the generator or the code.
    """
    check_change(change)
    fitted = fit(
        generator, code, checked_straight(checked_direction(direction)), region=region, measured=True
    ).on_images()
    return calibrated(fitted.generator, fitted.code, fitted.composition.directions[0], change, largest)


def calibrated(
    generator: BaseGenerator, code: LatentCode, direction: Direction, change: float, largest: float = 1.0
) -> Calibration:
    """Calibrate a direction that was already fitted to the generator; see ``calibrate``."""
    check_change(change)
    measured, length = _measuring(generator, code, direction)
    limits = Limits(length, typical_difference(generator))
    up, down = (reach(lambda alpha, s=s: measured(s * alpha), change, limits, largest) for s in (1, -1))
    return Calibration(change, up, down)


def side_for_figures(
    generator: BaseGenerator, code: LatentCode, direction: Direction, change: float, sign: int
) -> Side:
    """Calibrate one side for measurements, without limits on the change of the rest of the image."""
    measured, length = _measuring(generator, code, direction)
    return reach(lambda alpha: measured(sign * alpha), change, Limits(length))


def check_change(change: object) -> None:
    """Raise UsageError for a mean squared change that images in [-1, 1] cannot have."""
    if isinstance(change, bool) or not isinstance(change, int | float) or not 0 < change < LARGEST_CHANGE:
        raise UsageError(
            f"{parameter('change', change)} is not possible; the mean squared change of images in [-1, 1] lies between 0 and 4."
        )


def typical_distance(generator: BaseGenerator, motion: Motion) -> float:
    """The median distance between samples, in the coordinates of the code that move."""
    codes = generator.sample(_DISTANCE_SEEDS, motion.target.name).values
    values = codes[:, motion.moving().to(codes.device)].double().cpu()
    distance = float(torch.pdist(values).median())
    return distance if 0 < distance < float("inf") else LARGEST_STEP


def typical_difference(generator: BaseGenerator) -> float:
    """The median of the mean squared difference between images of samples; infinity if they do not differ."""
    found = _differences.get(generator)
    if found is None:
        images = generator.synthesize(generator.sample(_DIFFERENCE_SEEDS)).double().flatten(1).cpu()
        difference = float(torch.pdist(images).square().median()) / images.shape[1]
        found = _differences[generator] = difference if difference > 0 else float("inf")
    return found


def _measuring(
    generator: BaseGenerator, code: LatentCode, direction: Direction
) -> tuple[Callable[[float], Change], float]:
    """The change of a signed step, and the longest step."""
    edit, protect = direction.edit, direction.protect
    if edit is None or protect is None:
        raise UsageError(
            f"{direction.name} has no region in which a change can be measured; give {parameter('region')}."
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

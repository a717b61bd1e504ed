"""The strength profile of a direction: how far each sign goes, and steps that look even, as measured on images.

The annotations are the schema of ``strength`` among the facts of a directions file.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from resefa.errors import printable
from resefa.metrics.change import Change

MOST_KNOTS = 64
Text = Annotated[str, Meta(max_length=200)]
Step = Annotated[float, Meta(gt=0)]
Squared = Annotated[float, Meta(ge=0)]
Knots = Annotated[tuple[Squared, ...], Meta(min_length=2, max_length=MOST_KNOTS)]
Spread = tuple[Squared, Squared]


@dataclass(frozen=True)
class StrengthSide:
    """One sign of a direction: steps alpha above 0, from the original to the end of the valid range.

    With several images each number is a median over the images, and each knot the median curve.

    Attributes:
        alphas: (p,) steps of the knots, ascending from 0; the last is the end of the valid range.
        positions: (p,) of the slider at the knots, ascending from 0 to 1. Equal distances on the slider change the region by equal root
            mean squares from picture to picture.
        inside, outside: (p,) mean squared changes from the original at the knots.
        reason: why the range ends there.
        unit: the step whose change inside is that of the profile; None where the range ends before.
        saturation: the step beyond which the region hardly changes any more; None where no such step was measured.
        units, ends: the smallest and largest ``unit`` and ``alphas[-1]`` of single images; None for one image.
        worst: label of the image whose range is the shortest; empty for one image.
    """

    alphas: Knots
    positions: Knots
    inside: Knots
    outside: Knots
    reason: Text = ""
    unit: Step | None = None
    saturation: Step | None = None
    units: Spread | None = None
    ends: Spread | None = None
    worst: Text = ""

    def __post_init__(self) -> None:
        lengths = {len(each) for each in (self.alphas, self.positions, self.inside, self.outside)}
        if len(lengths) > 1:
            raise ValueError("alphas, positions, inside and outside have different lengths")
        for name, values in (("alphas", self.alphas), ("positions", self.positions)):
            if values[0] != 0 or any(later <= earlier for earlier, later in pairwise(values)):
                raise ValueError(f"{name} must ascend from 0")
        if self.positions[-1] != 1:
            raise ValueError("positions must end at 1")

    @property
    def end(self) -> float:
        """The step at the end of the valid range."""
        return self.alphas[-1]

    def step(self, position: float) -> float:
        """The step at a position of the slider from 0 to 1; larger positions stay at the end of the range."""
        return _interpolated(self.positions, self.alphas, min(abs(position), 1.0))

    def position(self, alpha: float) -> float:
        """The position of the slider at a step within the range."""
        return _interpolated(self.alphas, self.positions, min(abs(alpha), self.end))

    def change(self, alpha: float) -> Change:
        """The change to expect at a step; beyond the range its value at the end."""
        alpha = min(abs(alpha), self.end)
        # Roots of mean squares grow about in proportion to the step.
        roots = ([value**0.5 for value in values] for values in (self.inside, self.outside))
        inside, outside = (_interpolated(self.alphas, values, alpha) ** 2 for values in roots)
        return Change(inside, outside)

    def sentence(self, sign: str, change: float) -> str:
        """The range as text: ``+ up to 5.2 (change 0.08 inside, 0.004 outside); change 0.05 at 3.9; ends: ...``."""
        parts = [f"{sign} up to {self.end:.3g}: change {self.inside[-1]:.2g} inside, {self.outside[-1]:.2g} outside"]
        if self.ends is not None:
            parts[0] += f" (images: {self.ends[0]:.3g} to {self.ends[1]:.3g}, shortest {printable(self.worst, 40)})"
        if self.unit is None:
            parts.append(f"does not reach {change:g}")
        else:
            spread = "" if self.units is None else f" (images: {self.units[0]:.3g} to {self.units[1]:.3g})"
            parts.append(f"change {change:g} at {self.unit:.3g}{spread}")
        if self.saturation is not None:
            parts.append(f"saturates at {self.saturation:.3g}")
        if self.reason:
            parts.append(f"ends because {printable(self.reason, 120)}")
        return "; ".join(parts)


@dataclass(frozen=True)
class StrengthProfile:
    """The range of a direction on the images it was measured on.

    Attributes:
        change: mean squared change inside of the step ``unit`` of each side.
        images: their number.
        plus, minus: the sides of steps above and below 0.
    """

    change: Annotated[float, Meta(gt=0, lt=4)]
    images: Annotated[int, Meta(ge=1)]
    plus: StrengthSide
    minus: StrengthSide

    def side(self, sign: float) -> StrengthSide:
        """The side of a strength's sign."""
        return self.plus if sign >= 0 else self.minus

    def alpha(self, position: float) -> float:
        """The signed step at a position of the slider, from -1 to 1."""
        length = self.side(position).step(position)
        return length if position >= 0 else -length

    def sentences(self) -> list[str]:
        """The profile as lines of text for ``resefa show``."""
        return [self.minus.sentence("-", self.change), self.plus.sentence("+", self.change)]


def _interpolated(places: tuple[float, ...], values: list[float] | tuple[float, ...], at: float) -> float:
    """Linear interpolation at a place within ascending places."""
    i = min(max(bisect_right(places, at), 1), len(places) - 1)
    share = (at - places[i - 1]) / (places[i] - places[i - 1])
    return values[i - 1] + share * (values[i] - values[i - 1])

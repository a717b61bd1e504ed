"""Strengths on the stored scale of a direction, positions of a slider from -1 to 1 within the valid range; and predicted changes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resefa.directions.directions import Direction
from resefa.directions.strength_profile import StrengthProfile
from resefa.editing.composition import Composition
from resefa.editing.curved import CurvedDirection
from resefa.editing.strength_search import FREE
from resefa.errors import UsageError, parameter
from resefa.metrics.change import Change

FACTOR = 2.0
"""Factor between the measured and the predicted change from which a warning states both."""
LEAST = 0.002
"""Changes below this are not compared: they are hardly visible, and their ratio says little."""
WHOLE_RANGE = "-1:1:7"
"""Positions of the pictures of a sheet, from end to end of the range, in the syntax of ``--strengths``."""
_BEYOND = 1 + 1e-6
_NAMED = 3


@dataclass(frozen=True)
class RangedStrengths:
    """Positions of a slider on the stored profile of a direction, as ``edited`` takes strengths."""

    profile: StrengthProfile

    def alpha(self, strength: float) -> float:
        """The signed step of a position; positions beyond -1 and 1 stay at the ends of the range."""
        return self.profile.alpha(strength)

    def limit(self, strength: float) -> str:
        """A remark on a picture whose position lies beyond the range; else empty text."""
        return f"limit reached: 1 of {abs(strength):.3g}" if abs(strength) > _BEYOND else ""

    def notes(self, strengths: Sequence[float]) -> list[str]:
        """Remarks on positions beyond the range."""
        beyond = [strength for strength in strengths if abs(strength) > _BEYOND]
        return (
            [f"{max(beyond, key=abs):+.3g} is limited to {math.copysign(1, max(beyond, key=abs)):+g}"] if beyond else []
        )


def profile_of(direction: Direction) -> StrengthProfile | None:
    """The stored profile of a straight direction, or None."""
    facts = direction.facts
    return None if facts is None or isinstance(direction, CurvedDirection) else facts.strength


def has_ranges(composition: Composition) -> bool:
    """Whether each direction that is swept has a stored profile."""
    return all(profile_of(direction) is not None for direction, _ in composition.moves)


def check_ranges(composition: Composition, change: float | None) -> None:
    """Raise UsageError for a direction without a stored profile, or for a change that is given as well."""
    if change is not None:
        raise UsageError(
            f"ranged and {parameter('change', change)} cannot be used together; strengths are either positions in the stored range or multiples of a change."
        )
    for direction, _ in composition.moves:
        if profile_of(direction) is None:
            raise UsageError(
                f"{direction.name} has no stored range of strengths; measure it with resefa.measure_strengths or `resefa directions measure`."
            )


def departures(profile: StrengthProfile, alphas: Sequence[float], changes: Sequence[Change]) -> str:
    """The largest difference between predicted and measured change within the range, with both numbers; else empty text.

    Inside the measured change may differ in both directions; outside only a larger change counts, and only where it exceeds a tenth of
    the change inside.

    Args:
        alphas: signed steps of the pictures.
        changes: measured there.
    """
    worst, found = FACTOR, ""
    for alpha, change in zip(alphas, changes, strict=True):
        side = profile.side(alpha)
        if not alpha or abs(alpha) > side.end * _BEYOND:
            continue
        said = side.change(alpha)
        position = f"{math.copysign(side.position(alpha), alpha):+.2g}"
        inside = _factor(change.inside, said.inside)
        outside = _factor(change.outside, said.outside) if change.outside > FREE * change.inside else 1.0
        if inside > worst:
            worst = inside
            found = f"at {position} {change.inside:.2g} inside instead of {said.inside:.2g}"
        if outside > worst and change.outside > said.outside:
            worst = outside
            found = f"at {position} {change.outside:.2g} outside instead of {said.outside:.2g}"
    return found


def leak(direction: Direction, changes: Sequence[Change]) -> str:
    """The largest change outside beyond that predicted to first order, with both numbers; else empty text.

    The prediction is the measured change inside times the ratio of the direction's rates. It counts only where the change outside
    exceeds a tenth of the change inside.
    """
    inside, outside = direction.inside_rate, direction.outside_rate
    if not inside or outside is None or direction.provenance.objective != "pixels":
        return ""
    worst, found = FACTOR, ""
    for change in changes:
        said = change.inside * outside / inside
        factor = _factor(change.outside, said) if change.outside > max(said, FREE * change.inside) else 1.0
        if factor > worst:
            worst = factor
            found = f"{change.outside:.2g} outside instead of {said:.2g} at {change.inside:.2g} inside"
    return found


def departed(found: Mapping[str, str], images: int, profile: StrengthProfile | None) -> str:
    """The warning about images (label -> their difference) whose change is not the predicted change."""
    named = [f"{label}: {text}" for label, text in list(found.items())[:_NAMED]]
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    if profile is None:
        basis, remedy = "the first-order prediction", "choose smaller strengths"
    else:
        basis = f"the profile of {profile.images} image{'' if profile.images == 1 else 's'}"
        remedy = f"measure the directions on more images (`resefa directions measure`), or give {parameter('change')}"
    return (
        f"On {len(found)} of {images} image{'' if images == 1 else 's'} the change differs from {basis} by more than a factor of {FACTOR:g} "
        f"({'; '.join(named)}{more}); {remedy}."
    )


def _factor(one: float, other: float) -> float:
    """The ratio of the larger to the smaller of two changes; changes that are hardly visible count as ``LEAST``."""
    low, high = sorted((max(one, LEAST), max(other, LEAST)))
    return high / low

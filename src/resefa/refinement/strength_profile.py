"""Strength profiles: for each direction and sign, the valid range, the unit, the saturation and an even slider, measured on images.

On each image the search of ``editing/strength_search.py`` follows a side to its end: too much change outside, or a step as long as
the distance between samples. The range ends earlier where the code becomes unusual (``typical_codes.py``), and where the region
saturates: from that step on, a longer step changes the region at less than a tenth of the fastest rate. Within the range, pictures at
knots give the root mean square of the change inside from knot to knot. The slider is even in this length of the path, not in the
distance from the original, which stays the same while a colour changes to another at equal distance. Values of images are
gamma-encoded, so that equal differences look about equally large.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import torch
from torch import Tensor

from resefa.directions.directions import Direction, Directions
from resefa.directions.facts import DirectionFacts
from resefa.directions.strength_profile import StrengthProfile, StrengthSide
from resefa.editing.fitting import FittedEdit, fit
from resefa.editing.moves import motions
from resefa.editing.strength import DEFAULT_CHANGE, check_change, typical_difference, typical_distance
from resefa.editing.strength_search import FAR, Limits, Side, reach_together, search
from resefa.editing.typical_codes import TypicalCodes
from resefa.generators.base import BaseGenerator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.metrics.change import Change, region_change, squared_change, weighted_mean
from resefa.runtime.progress import Progress

SATURATES = "a longer step hardly changes the region any more"
UNUSUAL = "a longer step makes the latent code unlike the codes of samples"
INTERVALS = 8
"""Pictures between the original and the end of the range at which a side is measured."""
SLOWEST = 0.1
"""Fraction of the fastest rate of change below which a region is saturated."""
IMAGES = 4
"""Number of images on which directions are measured by default."""
EXPECTED = 20
"""Images that a side takes on average: 8 at the knots, the others by the search."""
_AT_ONCE = 8


def measure_strengths(
    generator: Generator,
    directions: Directions,
    code: LatentCode | Tensor | None = None,
    *,
    change: float = DEFAULT_CHANGE,
    progress: Progress | None = None,
) -> Directions:
    """Measure the strength profile of each direction: how far each sign goes, and steps that look even.

    Args:
        generator: conditions as in ``resefa.edit``.
        code: of one or several images; with several, the profile has medians and the spread. None: the first four of the codes stored
            with the directions.
        change: mean squared change inside of the unit, between 0 and 4.
        progress: called with (measured, all), counted in directions times images.

    Returns:
        the directions with ``facts``, whose ``strength`` is the profile.

    Raises:
        UsageError: directions without a region, or no code.
        LatentError: the directions do not fit the generator or the code.
        RegionError: an image lacks the parts of a region that follows the image.
    """
    check_change(change)
    listed = list(directions)
    if code is None and directions.codes is not None:
        listed = [replace(one, codes=directions.codes[:IMAGES]) for one in listed]
    fitted = fit(generator, code, listed, measured=True)
    _, (motion, *_) = motions(fitted.generator, fitted.code, fitted.composition.directions)
    typical = TypicalCodes.of(fitted.generator, motion)
    total = len(listed) * len(fitted.code)
    sides: list[list[tuple[StrengthSide, StrengthSide]]] = [[] for _ in listed]
    done = 0
    for one in fitted:
        image = _Image.of(one.on_images(), typical, change)
        for start in range(0, len(listed), _AT_ONCE):
            places = range(start, min(start + _AT_ONCE, len(listed)))
            for place, pair in zip(places, image.sides(places), strict=True):
                sides[place].append(pair)
            done += len(places)
            if progress is not None:
                progress(done, total)
    labels = [fitted.code.label(i) for i in range(len(fitted.code))]
    profiles = [
        StrengthProfile(change, len(labels), *(_joined(each, labels) for each in zip(*pairs, strict=True)))
        for pairs in sides
    ]
    facts = directions.facts or (DirectionFacts(),) * len(listed)
    measured = (replace(fact, strength=profile) for fact, profile in zip(facts, profiles, strict=True))
    return replace(directions, facts=tuple(measured))


def expected_images(directions: int, images: int) -> int:
    """The approximate number of images that profiles take."""
    return 2 * directions * images * EXPECTED


@dataclass(frozen=True, eq=False)
class _Image:
    """One image on which directions are measured.

    Attributes:
        base: its code, in the space of the steps.
        original: its picture.
        steps: (k, N) of each direction at alpha = 1.
        lengths: of each direction the longest alphas of the signs + and -, with the reasons.
        change: of the units.
    """

    generator: BaseGenerator
    directions: Sequence[Direction]
    base: LatentCode
    original: Tensor
    steps: Tensor
    lengths: Sequence[tuple[tuple[float, str], tuple[float, str]]]
    change: float

    @classmethod
    def of(cls, fitted: FittedEdit, typical: TypicalCodes, change: float) -> _Image:
        """Prepare the measurement of a fitted edit of one code, on its image."""
        generator, directions = fitted.generator, fitted.composition.directions
        base, moves = motions(generator, fitted.code, directions)
        steps = [motion.lift(one.vector.to(base.values)) for one, motion in zip(directions, moves, strict=True)]
        far = typical_distance(generator, moves[0])

        def longest(step: Tensor, sign: int) -> tuple[float, str]:
            usual, away = typical.longest(base.values[0], sign * step), far / float(step.norm())
            return (usual, UNUSUAL) if usual < away else (away, FAR)

        lengths = [(longest(step, 1), longest(step, -1)) for step in steps]
        return cls(generator, directions, base, generator.synthesize(base), torch.stack(steps), lengths, change)

    def sides(self, places: Sequence[int]) -> list[tuple[StrengthSide, StrengthSide]]:
        """The sides + and - of the directions at these places."""
        asked = [(place, sign) for place in places for sign in (1, -1)]
        difference = typical_difference(self.generator)
        curves: list[dict[float, Change]] = [{0.0: Change(0.0, 0.0)} for _ in asked]

        def measured(numbers: Sequence[int], alphas: Sequence[float]) -> list[Change]:
            images = self._images([asked[i] for i in numbers], alphas)
            found = [self._changes(asked[i][0], image[None])[0] for i, image in zip(numbers, images, strict=True)]
            for i, alpha, one in zip(numbers, alphas, found, strict=True):
                curves[i][alpha] = one
            return found

        searches = [
            search(self.change, Limits(self._longest(*one)[0], difference), largest=float("inf")) for one in asked
        ]
        ends = reach_together(measured, searches)
        found = [self._side(one, end, curve) for one, end, curve in zip(asked, ends, curves, strict=True)]
        return list(zip(found[::2], found[1::2], strict=True))

    def _longest(self, place: int, sign: int) -> tuple[float, str]:
        return self.lengths[place][0 if sign > 0 else 1]

    def _images(self, asked: Sequence[tuple[int, int]], alphas: Sequence[float]) -> Tensor:
        steps = torch.stack([sign * alpha * self.steps[i] for (i, sign), alpha in zip(asked, alphas, strict=True)])
        return self.generator.synthesize(LatentCode(self.base.values + steps, self.base.space))

    def _changes(self, place: int, images: Tensor) -> list[Change]:
        edit, protect = self.directions[place].edit, self.directions[place].protect
        assert edit is not None and protect is not None  # ``fit`` refuses directions without a region
        return region_change(images, self.original, edit, protect)

    def _side(self, asked: tuple[int, int], end: Side, curve: dict[float, Change]) -> StrengthSide:
        """Measure a side at knots up to its end, and cut it where the region saturates."""
        alphas = _spaced(curve, end.furthest)
        images = torch.cat([self.original, self._images([asked] * INTERVALS, alphas[1:])])
        changes = self._changes(asked[0], images)
        edit = self.directions[asked[0]].edit
        assert edit is not None
        pairs = squared_change(images[1:], images[:-1])
        chords = weighted_mean(pairs, edit.to(pairs)).sqrt().cpu().numpy()
        count = _saturated(alphas, chords)
        saturated = count < INTERVALS
        reason = self._longest(*asked)[1] if end.reason == FAR else end.reason
        kept = slice(0, count + 1)
        return StrengthSide(
            alphas=tuple(alphas[kept]),
            positions=_positions(alphas[kept], chords[:count]),
            inside=tuple(one.inside for one in changes[kept]),
            outside=tuple(one.outside for one in changes[kept]),
            reason=SATURATES if saturated else reason,
            unit=end.alpha if end.attained and end.alpha <= alphas[count] else None,
            saturation=alphas[count] if saturated else None,
        )


def _spaced(curve: dict[float, Change], end: float) -> list[float]:
    """Steps from 0 to the end, spaced between even in the step and even in the distance from the original."""
    alphas = np.array(sorted(alpha for alpha in curve if alpha <= end))
    roots = np.maximum.accumulate([curve[alpha].inside ** 0.5 for alpha in alphas])
    places = alphas / end + (roots / roots[-1] if roots[-1] > 0 else 0)
    found = np.interp(np.linspace(0, places[-1], INTERVALS + 1), places, alphas)
    return [0.0, *found[1:-1].tolist(), end]


def _saturated(alphas: Sequence[float], chords: np.ndarray) -> int:
    """The number of intervals before the region saturates; all if it does not."""
    rates = chords / np.diff(alphas)
    fast = np.flatnonzero(rates >= SLOWEST * rates.max())
    return int(fast[-1]) + 1 if rates.max() > 0 else len(chords)


def _positions(alphas: Sequence[float], chords: np.ndarray) -> tuple[float, ...]:
    """Positions of the slider, in proportion to the length of the path; with a thousandth of the step, so that they ascend."""
    length = np.concatenate([[0.0], np.cumsum(chords)])
    total, end = float(length[-1]), alphas[-1]
    places = np.array(alphas) / end if total <= 0 else 0.999 * length / total + 0.001 * np.array(alphas) / end
    return (0.0, *places[1:-1].tolist(), 1.0)


def _joined(sides: Sequence[StrengthSide], labels: Sequence[str]) -> StrengthSide:
    """One side from those of several images: medians, and the spread."""
    if len(sides) == 1:
        return sides[0]
    ends = [one.end for one in sides]
    end = median(ends)
    positions = np.linspace(0, 1, INTERVALS + 1).tolist()
    alphas = [end * median(one.step(position) / one.end for one in sides) for position in positions[1:-1]]
    alphas = [0.0, *alphas, end]
    changes = [[one.change(alpha) for one in sides] for alpha in alphas]
    units = [one.unit for one in sides if one.unit is not None]
    unit = median(units) if 2 * len(units) >= len(sides) else None
    saturations = [one.saturation for one in sides if one.saturation is not None]
    (reason, _), *_ = Counter(one.reason for one in sides).most_common()
    return StrengthSide(
        alphas=tuple(alphas),
        positions=tuple(positions),
        inside=tuple(median(one.inside for one in each) for each in changes),
        outside=tuple(median(one.outside for one in each) for each in changes),
        reason=reason,
        unit=unit if unit is not None and unit <= end else None,
        saturation=median(saturations) if 2 * len(saturations) > len(sides) else None,
        units=(min(units), max(units)) if units else None,
        ends=(min(ends), max(ends)),
        worst=labels[ends.index(min(ends))],
    )

"""Locality of a direction: its change outside the region, compared with random directions at the same change inside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from resefa.directions.directions import Direction, Directions
from resefa.editing.curved import checked_straight
from resefa.editing.fitting import fit
from resefa.editing.moves import checked_direction
from resefa.editing.strength import (
    DEFAULT_CHANGE,
    LARGEST_CHANGE,
    Calibration,
    calibrated,
    check_change,
    side_for_figures,
)
from resefa.errors import UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.seeds import standard_normal
from resefa.regions.as_region import RegionLike

RANDOMS = 3
RANDOM_SEED = 1000


@dataclass(frozen=True)
class Locality:
    """Mean squared changes of a direction and of random directions (median) at the same change inside, for both signs.

    Attributes:
        inside, outside: means over ``signs``.
        random_outside: NaN where no random direction reaches the change inside.
        calibration: the steps, the change on each side, and why a side falls short.
        signs: the sides that the means are over: both, or the one that reached the change; both if neither did, each then
            compared at the change it reached.
    """

    inside: float
    outside: float
    random_outside: float
    calibration: Calibration
    signs: tuple[int, ...] = (1, -1)

    @property
    def attained(self) -> bool:
        """Whether strengths +1 and -1 both reach the change."""
        return self.calibration.attained

    @property
    def ratio(self) -> float:
        """The change outside divided by the change inside."""
        return self.outside / self.inside

    @property
    def against_random(self) -> float:
        """The change outside divided by that of a random direction at the same change inside."""
        return self.outside / self.random_outside


def locality(
    generator: Generator,
    code: LatentCode | Tensor | None,
    direction: Direction,
    change: float = DEFAULT_CHANGE,
    *,
    region: RegionLike | None = None,
    randoms: int = RANDOMS,
    random_seed: int = RANDOM_SEED,
) -> Locality:
    """Measure how local a direction is, at a mean squared change of ``change`` inside its region.

    Args:
        generator: conditions as in ``resefa.edit``.
        code: one or several codes, whose mean change counts; None: the codes stored with the direction.
        region: where changes are measured; default: the direction's region.
        randoms: number of random directions to compare with.
        random_seed: seed of the first random direction.

    Raises:
        UsageError: neither the direction nor the call names a region, or the change is not between 0 and 4.
    """
    check_change(change)
    fitted = fit(generator, code, checked_straight(checked_direction(direction)), region=region, measured=True)
    drawn = random_directions(fitted.composition.directions[0], randoms, random_seed)
    fitted = fitted.on_images()
    (direction,) = fitted.composition.directions
    randomly = [replace(direction, vector=one.vector) for one in drawn]
    found = calibrated(fitted.generator, fitted.code, direction, change)
    signs = tuple(sign for sign in (1, -1) if found.side(sign).attained) or (1, -1)
    changes = [found.side(sign).change for sign in signs]
    levels = {change} if found.side(signs[0]).attained else {one.inside for one in changes}
    outside = [value for level in levels for value in outside_of(fitted.generator, fitted.code, randomly, level)]
    return Locality(
        sum(one.inside for one in changes) / len(changes),
        sum(one.outside for one in changes) / len(changes),
        _median(outside),
        found,
        signs,
    )


def random_outside(
    generator: BaseGenerator,
    code: LatentCode,
    direction: Direction,
    inside: float,
    *,
    sign: int,
    randoms: int = RANDOMS,
) -> float:
    """The median change outside of random directions at a change of ``inside``, for one sign; NaN if none reaches it."""
    return _median(outside_of(generator, code, random_directions(direction, randoms, RANDOM_SEED), inside, (sign,)))


def random_directions(direction: Direction, count: int, seed: int) -> Directions:
    """Random unit directions with the region and the space of ``direction``."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise UsageError(f"{parameter('randoms', count)} is not possible; give a whole number above 0.")
    vectors, _ = standard_normal([seed + i for i in range(count)], len(direction.vector))
    return Directions(
        (vectors / vectors.norm(dim=1, keepdim=True)).float(),
        edit=direction.edit,
        protect=direction.protect,
        provenance=direction.provenance,
    )


def outside_of(
    generator: BaseGenerator,
    code: LatentCode,
    directions: Iterable[Direction],
    inside: float,
    signs: tuple[int, ...] = (1, -1),
) -> list[float]:
    """The change outside of each direction and sign that reaches a change of ``inside``."""
    if not 0 < inside < LARGEST_CHANGE:
        return []
    sides = [side_for_figures(generator, code, one, inside, sign) for one in directions for sign in signs]
    return [side.change.outside for side in sides if side.attained]


def _median(values: list[float]) -> float:
    return float(torch.tensor(values).median()) if values else float("nan")

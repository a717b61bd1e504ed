"""How local a direction is: its change outside the region beside random directions', at the same change inside."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.directions.directions import Direction, Directions
from resefa.editing.moved import one_direction
from resefa.editing.strength import DEFAULT_CHANGE, LARGEST_CHANGE, Calibration, calibrate, one_side
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.seeds import standard_normal
from resefa.latents.space import given_code

RANDOMS = 3
RANDOM_SEED = 1000


@dataclass(frozen=True)
class Locality:
    """Mean squared changes of a direction, and of random ones (median) taken to the same change inside, on each side.

    Attributes:
        inside, outside: means over ``signs``.
        random_outside: NaN where no random direction reaches the change inside.
        calibration: the steps, what each side reached, and why where it is less than was asked for.
        signs: the sides that the means are over: both, or the one that reached the change; both where none did, each then
            compared at what it reached.
    """

    inside: float
    outside: float
    random_outside: float
    calibration: Calibration
    signs: tuple[int, ...] = (1, -1)

    @property
    def attained(self) -> bool:
        """Whether the change was reached on both sides."""
        return self.calibration.attained

    @property
    def ratio(self) -> float:
        """Outside over inside."""
        return self.outside / self.inside

    @property
    def against_random(self) -> float:
        """Outside change over a random direction's at the same inside change."""
        return self.outside / self.random_outside


def locality(
    generator: Generator,
    code: LatentCode | Tensor,
    direction: Direction,
    change: float = DEFAULT_CHANGE,
    *,
    randoms: int = RANDOMS,
    random_seed: int = RANDOM_SEED,
) -> Locality:
    """Measure a direction on the images of ``code`` at a mean squared change of ``change`` inside its region."""
    code = given_code(code, generator, one_direction(direction).provenance.space)
    own = calibrate(generator, code, direction, change)
    signs = tuple(sign for sign in (1, -1) if own.side(sign).attained) or (1, -1)
    found = [own.side(sign).change for sign in signs]
    drawn = random_directions(direction, randoms, random_seed)
    levels = {change} if own.side(signs[0]).attained else {one.inside for one in found}
    outside = [value for level in levels for value in outside_of(generator, code, drawn, level)]
    return Locality(
        sum(one.inside for one in found) / len(found),
        sum(one.outside for one in found) / len(found),
        _median(outside),
        own,
        signs,
    )


def random_outside(
    generator: Generator,
    code: LatentCode,
    direction: Direction,
    inside: float,
    *,
    sign: int,
    randoms: int = RANDOMS,
    random_seed: int = RANDOM_SEED,
) -> float:
    """Median outside change of random directions, on one side, that change the inside by ``inside``; NaN where none does."""
    return _median(outside_of(generator, code, random_directions(direction, randoms, random_seed), inside, (sign,)))


def random_directions(direction: Direction, count: int, seed: int) -> Directions:
    """Random unit vectors with the region and the space of ``direction``."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise UsageError(f"randoms={count!r}; give how many random directions to compare with, a whole number.")
    vectors, _ = standard_normal([seed + i for i in range(count)], len(direction.vector))
    return Directions(
        (vectors / vectors.norm(dim=1, keepdim=True)).float(),
        edit=direction.edit,
        protect=direction.protect,
        provenance=direction.provenance,
    )


def outside_of(
    generator: Generator, code: LatentCode, directions: Directions, inside: float, signs: tuple[int, ...] = (1, -1)
) -> list[float]:
    """Outside change of each direction and side that changes the inside by ``inside``."""
    if not 0 < inside < LARGEST_CHANGE:
        return []
    sides = [one_side(generator, code, one, inside, sign) for one in directions for sign in signs]
    return [side.change.outside for side in sides if side.attained]


def _median(values: list[float]) -> float:
    return float(torch.tensor(values).median()) if values else float("nan")

"""How local a direction is: its change outside the region beside a random direction's, at the same change inside."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.directions.directions import Direction, Directions
from resefa.editing.strength import DEFAULT_CHANGE, Calibration, calibrate
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.shapes import given_code
from resefa.latents.space import standard_normal


@dataclass(frozen=True)
class Locality:
    """Mean over both signs of the mean squared change, this direction's and a random one's (median of several)."""

    inside: float
    outside: float
    random_outside: float
    calibration: Calibration

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
    randoms: int = 3,
    random_seed: int = 1000,
) -> Locality:
    """Measure a direction on the images of ``code`` at a mean squared change of ``change`` inside its region."""
    code = given_code(code, generator, direction.provenance.space)
    own = calibrate(generator, code, direction, change)
    return Locality(
        (own.plus.inside + own.minus.inside) / 2,
        (own.plus.outside + own.minus.outside) / 2,
        random_outside(generator, code, direction, change, randoms=randoms, random_seed=random_seed),
        own,
    )


def random_outside(
    generator: Generator, code: LatentCode, direction: Direction, change: float, *, randoms: int, random_seed: int
) -> float:
    """Median outside change of random directions that change the inside of the direction's region as much."""
    vectors, _ = standard_normal([random_seed + i for i in range(randoms)], len(direction.vector))
    drawn = Directions(
        (vectors / vectors.norm(dim=1, keepdim=True)).float(),
        edit=direction.edit,
        protect=direction.protect,
        provenance=direction.provenance,
    )
    found = [calibrate(generator, code, one, change) for one in drawn]
    return float(torch.tensor([value for c in found for value in (c.plus.outside, c.minus.outside)]).median())

"""Generators of two halves whose values are known functions of the code, and directions that change the upper half."""

from __future__ import annotations

import numpy as np
import torch

import resefa
from resefa.directions import Directions, Provenance
from resefa.refinement.strength_profile import measure_strengths

SIZE, N = 8, 16
REGION = "box:0,0,4,8"  # the upper half


def drawn(inside, outside=lambda z: 0 * z):
    """A generator whose upper half has the value ``inside(z_0)``, and whose lower half ``outside(z_0) + 0.5 z_1``."""

    def images(z: torch.Tensor) -> torch.Tensor:
        upper = inside(z[:, 0])[:, None, None, None].expand(-1, 3, SIZE // 2, SIZE)
        lower = (outside(z[:, 0]) + 0.5 * z[:, 1])[:, None, None, None].expand(-1, 3, SIZE // 2, SIZE)
        return torch.cat([upper, lower], 2)

    return resefa.wrap(images, N)


def along_first(code=None, k=1):
    """Directions e_0, ... with the region and stored codes, by default the code 0."""
    region = resefa.Region.parse(REGION)
    found = Directions(np.eye(k, N), codes=np.zeros((1, N)) if code is None else code, provenance=Provenance())
    return found.with_region(region, (SIZE, SIZE))


def profile_of(generator, code=None, **options):
    return measure_strengths(generator, along_first(code), **options).facts[0].strength

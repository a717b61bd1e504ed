"""Codes as a population, in the coordinates of an edit's directions: what methods that learn from samples start from."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from resefa.errors import UsageError
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion

BATCH = 500
FIRST_SEED = 2_000_000_000
"""Populations are drawn from seeds that nobody chooses for an image, so that none is discovered on and judged by."""


def population_seeds(count: int) -> list[int]:
    """Seeds of a population."""
    if count < 2:
        raise UsageError(f"samples = {count} is too few; give 2 or more.")
    return list(range(FIRST_SEED, FIRST_SEED + count))


def values_along(generator: BaseGenerator, motion: Motion, code: LatentCode) -> Tensor:
    """(b, n) float64 on the CPU: the numbers of the codes that the n numbers of a direction are added to.

    Where one number of a direction moves several of a code (W over some layers), the first of them.
    """
    values = generator.convert(code, motion.target.name).values.to("cpu", torch.float64)
    if motion.source is None:
        return values
    places = torch.arange(len(motion.source)).flip(0)
    first = torch.zeros(motion.dimensions + 1, dtype=torch.long)
    first[motion.source.flip(0)] = places  # the last one written is the first place
    return values[:, first[:-1]]


def sampled_along(generator: BaseGenerator, motion: Motion, seeds: Sequence[int]) -> Tensor:
    """(N, n): ``values_along`` of the codes of these seeds, a batch at a time."""
    whole = motion.space in generator.spaces and generator.spaces[motion.space].dimensions == motion.dimensions
    blocks = []
    for start in range(0, len(seeds), BATCH):
        block = list(seeds[start : start + BATCH])
        if whole:
            blocks.append(generator.sample(block, motion.space).values.to("cpu", torch.float64))
        else:
            blocks.append(values_along(generator, motion, generator.sample(block, motion.target.name)))
    return torch.cat(blocks)

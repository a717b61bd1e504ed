"""Random latent codes in the coordinates of an edit's directions, for methods that learn from samples."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from resefa.errors import UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion

BATCH = 500
FIRST_SEED = 2_000_000_000
"""The first seed of samples, far from the seeds of images: no image serves both discovery and evaluation."""


def population_seeds(count: int) -> list[int]:
    """The seeds of ``count`` samples."""
    if count < 2:
        raise UsageError(f"{parameter('samples', count)} is too small; give 2 or more.")
    return list(range(FIRST_SEED, FIRST_SEED + count))


def values_along(generator: BaseGenerator, motion: Motion, code: LatentCode) -> Tensor:
    """The values of codes to which a direction's n values are added, (b, n) float64 on the CPU.

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
    """``values_along`` for the codes of these seeds, (N, n), computed batch by batch."""
    whole = motion.space in generator.spaces and generator.spaces[motion.space].dimensions == motion.dimensions
    blocks = []
    for start in range(0, len(seeds), BATCH):
        block = list(seeds[start : start + BATCH])
        if whole:
            blocks.append(generator.sample(block, motion.space).values.to("cpu", torch.float64))
        else:
            blocks.append(values_along(generator, motion, generator.sample(block, motion.target.name)))
    return torch.cat(blocks)

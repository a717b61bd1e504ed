"""Latent codes moved along directions, each in its space and layers: ``code + sum_i alpha_i lift_i(d_i)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from resefa.directions.directions import Direction, Directions
from resefa.editing.curved import CurvedDirection
from resefa.errors import LatentError, UsageError
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion


def checked_direction(value: Any) -> Direction:
    """Check that a value is a Direction, and return it.

    Raises:
        UsageError: another type, for example a whole set of directions.
    """
    if isinstance(value, Direction):
        return value
    if isinstance(value, Directions):
        raise UsageError(
            f"Expected one direction, but the value has {len(value)}; give directions[0], or a list of directions to move together."
        )
    raise UsageError(
        f"Expected a direction, not a value of type {type(value).__name__}; give a direction, for example "
        "directions[0], or a list of directions."
    )


def motions(
    generator: BaseGenerator, code: LatentCode, directions: Sequence[Direction]
) -> tuple[LatentCode, list[Motion]]:
    """The code in the space where the edits are added, and the motion of each direction in that space.

    Raises:
        LatentError: a direction does not belong to this generator, or the directions do not add up in one space.
    """
    space = code.space
    found: list[Motion] = []
    targets: list[str] = []
    # A direction of a later space (W+ after W) moves the code there; the other directions then follow.
    for _ in range(len(directions) + 1):
        found = [_motion(generator, direction, space) for direction in directions]
        targets = [motion.target.name for motion in found]
        ahead = [target for target in targets if target != space]
        if not ahead:
            break
        space = ahead[0]
    else:
        raise LatentError(
            f"Directions in the spaces {' and '.join(sorted(set(targets)))} cannot be combined; give directions in a single space."
        )
    return generator.convert(code, space), found


def offsets(
    steps: Sequence[Sequence[float]], directions: Sequence[Direction], found: Sequence[Motion], like: Tensor
) -> Tensor:
    """The offsets of the code, (s, N): the sum over directions of (s,) steps times vectors, or of places on curves, lifted."""
    total = torch.zeros(len(steps[0]), like.shape[1]).to(like)
    for amounts, direction, motion in zip(steps, directions, found, strict=True):
        if isinstance(direction, CurvedDirection):
            total += motion.lift(direction.displacements(torch.tensor(amounts, dtype=torch.float64)).to(total))
        else:
            total += torch.tensor(amounts).to(total)[:, None] * motion.lift(direction.vector.to(total))
    return total


def _motion(generator: BaseGenerator, direction: Direction, space: str) -> Motion:
    origin = direction.provenance
    motion = generator.motion(origin.space, origin.layers, space)
    if motion.dimensions != len(direction.vector):
        raise LatentError(
            f"{direction.name} has {len(direction.vector)} dimensions in {origin.space}, but {generator.name} has "
            f"{motion.dimensions}; use the model of the directions."
        )
    return motion

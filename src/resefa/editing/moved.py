"""Codes moved along directions, each over its own space and layers: ``code + sum_i alpha_i lift_i(d_i)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from resefa.directions.directions import Direction, Directions
from resefa.errors import LatentError, UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion


def one_direction(value: Any) -> Direction:
    """The value, if it is a Direction.

    Raises:
        UsageError: it is something else, for example a whole file of directions.
    """
    if isinstance(value, Direction):
        return value
    if isinstance(value, Directions):
        raise UsageError(
            f"Got a set of {len(value)} directions, expected one direction; choose directions[0], or a list "
            "of directions to move together."
        )
    raise UsageError(
        f"An edit cannot move along a value of type {type(value).__name__}; give a direction, for example "
        "directions[0], or a list of directions."
    )


def motions(generator: Generator, code: LatentCode, directions: Sequence[Direction]) -> tuple[LatentCode, list[Motion]]:
    """One motion per direction, all adding to codes of one space, and ``code`` brought to that space.

    Raises:
        LatentError: a direction does not belong to this generator, or the directions cannot be added up.
    """
    space = code.space
    found: list[Motion] = []
    # A direction of a later space (W+ after W) draws the code there; the others then follow it.
    for _ in range(len(directions) + 1):
        found = [_motion(generator, direction, space) for direction in directions]
        targets = [motion.target.name for motion in found]
        ahead = [target for target in targets if target != space]
        if not ahead:
            break
        space = ahead[0]
    else:
        raise LatentError(
            f"Directions that move {' and '.join(sorted(set(targets)))} cannot be added up; give directions of one space."
        )
    return generator.convert(code, space), found


def offsets(
    steps: Sequence[Sequence[float]], directions: Sequence[Direction], found: Sequence[Motion], like: Tensor
) -> Tensor:
    """(s, N): the sum over directions of (s,) steps times lifted vectors."""
    total = torch.zeros(len(steps[0]), like.shape[1]).to(like)
    for amounts, direction, motion in zip(steps, directions, found, strict=True):
        total += torch.tensor(amounts).to(total)[:, None] * motion.lift(direction.vector.to(total))
    return total


def _motion(generator: Generator, direction: Direction, space: str) -> Motion:
    own = direction.provenance
    motion = generator.motion(own.space, own.layers, space)
    if motion.dimensions != len(direction.vector):
        raise LatentError(
            f"{direction.name} has {len(direction.vector)} dimensions in {own.space}, but {generator.name} has "
            f"{motion.dimensions} there; use the model it was found on."
        )
    return motion

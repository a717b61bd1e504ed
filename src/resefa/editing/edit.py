"""``resefa.edit``: images of moved codes, ``x_edit = G(z + alpha d)`` (paper, equation 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.strength import calibrate
from resefa.errors import LatentError, UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode, as_code


def edit(
    generator: Generator,
    code: LatentCode | Tensor,
    direction: Direction | Sequence[Direction],
    strengths: Sequence[float],
    *,
    change: float | None = None,
) -> Tensor:
    """A sweep over strengths on every code.

    Args:
        code: one or several, of the directions' space.
        direction: one, or several that are moved along together.
        strengths: raw steps alpha; or, where ``change`` is given, multiples of the step that gives that mean squared
            change inside the region (each side and each code measured for itself).

    Returns:
        (b, s, c, h, w) images in [-1, 1], not clamped: b codes, s strengths.

    Raises:
        LatentError: the direction does not belong to this space.
        UsageError: a strength is not a finite number, or there is none.
    """
    directions = [direction] if isinstance(direction, Direction) else list(direction)
    strengths = [float(strength) for strength in strengths]
    if not directions or not strengths or not all(math.isfinite(strength) for strength in strengths):
        raise UsageError("Give at least one direction and at least one strength, each a finite number.")
    code = as_code(code, directions[0].provenance.space)
    n = generator.spaces[code.space].dimensions if code.space in generator.spaces else -1
    for one in directions:
        if one.provenance.space != code.space or len(one.vector) != n:
            raise LatentError(
                f"A direction of {len(one.vector)} dimensions in {one.provenance.space} came for codes of {n} in "
                f"{code.space}: use the model it was found on."
            )
    rows = []
    for one_code in code:
        offsets = torch.zeros(len(strengths), n).to(code.values)
        for one in directions:
            if change is None:
                steps = strengths
            else:
                calibration = calibrate(generator, one_code, one, change)
                steps = [calibration.alpha(strength) for strength in strengths]
            offsets += torch.tensor(steps).to(code.values)[:, None] * one.vector.to(code.values)
        rows.append(generator.synthesize(LatentCode(one_code.values + offsets, code.space)))
    return torch.stack(rows)

"""``resefa.edit``: images of moved codes, ``x_edit = G(z + alpha d)`` (paper, equation 1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.composition import Composition
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.shapes import given_code


def edit(
    generator: Generator,
    code: LatentCode | Tensor,
    direction: Direction | Sequence[Direction] | Composition,
    strengths: Sequence[float],
    *,
    change: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tensor:
    """A sweep over strengths on every code.

    Args:
        code: one or several, of the directions' space or one that leads to it (Z, W, W+, S).
        direction: one; several, moved along together; or a Composition, where each has its own factor or is held.
        strengths: raw steps alpha; or, where ``change`` is given, multiples of the step that gives that mean squared
            change inside the region (each direction, side and code measured for itself).
        progress: called with (codes done, codes in all).

    Returns:
        (b, s, c, h, w) images in [-1, 1], not clamped: b codes, s strengths.

    Raises:
        LatentError: the direction does not belong to this space.
        UsageError: a strength is not a finite number, or there is none.
    """
    composition = Composition.of(direction)
    strengths = [float(strength) for strength in strengths]
    if not strengths or not all(math.isfinite(strength) for strength in strengths):
        raise UsageError("Give at least one strength, each a finite number.")
    code = given_code(code, generator, composition.moves[0][0].provenance.space)
    rows = []
    for i, one in enumerate(code):
        rows.append(generator.synthesize(composition.codes(generator, one, strengths, change)))
        if progress is not None:
            progress(i + 1, len(code))
    return torch.stack(rows)

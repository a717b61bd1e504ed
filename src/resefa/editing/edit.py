"""``resefa.edit``: images of moved codes, ``x_edit = G(z + alpha d)`` (paper, equation 1)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.composition import Composition
from resefa.editing.provisos import other_conditions, unreached
from resefa.errors import ResefaWarning, UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.space import given_code


def edit(
    generator: Generator,
    code: LatentCode | Tensor,
    direction: Direction | Sequence[Direction] | Composition,
    strengths: float | Sequence[float] | Tensor,
    *,
    change: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tensor:
    """Images of every code at every strength.

    Args:
        generator: its own conditions hold (``generator.under(truncation=0.7)``). A warning says where the direction was
            found under others.
        code: one or several, of the directions' space or one that leads to it (Z, W, W+, S).
        direction: one; several, moved along together; or a Composition, where each has its own factor or is held.
        strengths: one number, or several in any sequence, array or tensor. Raw steps alpha; or, where ``change`` is given,
            multiples of the step that gives that mean squared change inside the region (each direction, side and code
            measured for itself). A warning says where that change is not reached.
        progress: called with (codes done, codes in all).

    Returns:
        (codes, strengths, channels, height, width) images in [-1, 1], not clamped. ``resefa.save_images`` writes them.

    Raises:
        LatentError: the direction does not belong to this space.
        UsageError: a strength is not a finite number, or there is none.
    """
    composition = Composition.of(direction)
    amounts = numbers(strengths)
    for sentence in {other_conditions(one, generator.conditions) for one in composition.directions} - {""}:
        warnings.warn(sentence, ResefaWarning, stacklevel=2)
    code = given_code(code, generator, composition.moves[0][0].provenance.space)
    rows, missed = [], {}
    for i, one in enumerate(code):
        calibrations = composition.calibrations(generator, one, amounts, change)
        rows.append(generator.synthesize(composition.codes(generator, one, amounts, calibrations)))
        if notes := composition.notes(amounts, calibrations):
            missed[code.label(i)] = notes
        if progress is not None:
            progress(i + 1, len(code))
    if missed:
        warnings.warn(unreached(missed, len(code)), ResefaWarning, stacklevel=2)
    return torch.stack(rows)


def numbers(strengths: float | Sequence[float] | Tensor) -> list[float]:
    """The strengths as a list.

    Raises:
        UsageError: a strength is not a finite number, or there is none.
    """
    try:
        found = torch.as_tensor(strengths, dtype=torch.float64).reshape(-1).tolist()
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"strengths={strengths!r} are not numbers; give one number or several, as in [-1, 0, 1]."
        ) from error
    if not found:
        raise UsageError("No strength was given; give one number or several, as in [-1, 0, 1].")
    for strength in found:
        if not math.isfinite(strength):
            raise UsageError(f"The strength {strength} cannot be shown; give finite numbers.")
    return found

"""``resefa.edit``: images of moved latent codes, ``x_edit = G(z + alpha d)`` (paper, equation 1)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.composite import Composite, as_composite, composited
from resefa.editing.composite_figures import CompositeFigures, collages
from resefa.editing.composition import Composition
from resefa.editing.curved import CurvedDirection, Strengths, default_change
from resefa.editing.fitting import FittedEdit, fit
from resefa.editing.moves import motions, offsets
from resefa.editing.strength import calibrated
from resefa.editing.strength_range import RangedStrengths, profile_of
from resefa.errors import ResefaWarning, UsageError, parameter
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.regions.as_region import RegionLike
from resefa.runtime.progress import Progress
from resefa.types import Image

_NAMED = 3
"""Largest number of images that a warning names."""


def edit(
    generator: Generator,
    code: LatentCode | Tensor | None,
    direction: Direction | Sequence[Direction] | Composition,
    strengths: float | Sequence[float] | Tensor,
    *,
    change: float | None = None,
    region: RegionLike | None = None,
    composite: bool | Composite = False,
    ranged: bool = False,
    progress: Progress | None = None,
) -> Tensor:
    """Apply directions to images: one image for every code and strength.

    Conditions (truncation, cutoff, label, noise), one by one: a condition that ``generator.under(...)`` has set holds; any
    other is that under which the direction was found. A warning names both where they differ. The command line does the
    same: an option such as ``--truncation`` holds, else the directions file. ``Sweep``, ``locality`` and ``calibrate``
    follow the same rule.

    Args:
        generator: from ``resefa.load`` or ``resefa.wrap``, or any object that satisfies ``resefa.Generator``.
        code: one or several, of the directions' space or of one that leads there (Z, W, W+, S); None: the codes stored with
            the direction, which are those it was found on.
        direction: one; several, moved together; a Composition, with a factor for each direction and directions held fixed; or
            ``EditPaths``, which need no ``change``: the default is that for which they were followed.
        strengths: one number, or several in any sequence, array or tensor. Raw steps alpha; or, if ``change`` is given,
            multiples of the step that gives that mean squared change inside the region (measured for each direction, side
            and code). A warning says where the change is not reached.
        change: mean squared change of strengths +1 and -1 inside the region, between 0 and 4, for example 0.05.
        region: where changes are measured; default: the directions' region.
        composite: True or a ``Composite``: the edited region in the original picture, whose protected pixels are unchanged bit
            for bit. A warning names composites that cut off most of the edit.
        ranged: the strengths are positions from -1 to 1 within the valid range that is stored with the directions
            (``resefa.measure_strengths``), where equal distances look equally large. Directions held fixed take raw steps.
        progress: called with (codes done, codes in all).

    Returns:
        (codes, strengths, channels, height, width) images in [-1, 1], not clamped. ``resefa.save_images`` writes them.

    Raises:
        LatentError: the direction does not fit the generator or the code.
        UsageError: no strength, or one that is not a finite number; no code; ``change`` or ``composite`` without a region; ``ranged``
            with ``change``, or without a stored range.
    """
    amounts = checked_strengths(strengths)
    change = default_change(Composition.of(direction).directions, change)
    fitted = fit(
        generator, code, direction, region=region, measured=change is not None, composite=as_composite(composite)
    )
    fitted = fitted.in_ranges(change) if ranged else fitted
    rows, missed, figures = [], {}, {}
    for i, one in enumerate(fitted):
        plain = change is None and one.composite is None
        images, notes, _, figures[fitted.code.label(i)] = edited(one if plain else one.on_images(), amounts, change)
        rows.append(images)
        if notes:
            missed[fitted.code.label(i)] = notes
        if progress is not None:
            progress(i + 1, len(fitted.code))
    if missed:
        warnings.warn(unreached(missed, len(fitted.code), ranged), ResefaWarning, stacklevel=2)
    if text := collages(figures):
        warnings.warn(text, ResefaWarning, stacklevel=2)
    return torch.stack(rows)


class PictureLimit(NamedTuple):
    """A remark on an edited image that is not an edit of its strength, because a longer step would wreck it.

    Attributes:
        text: for a caption, such as ``limit reached: 0.02 of 0.05``.
        repeated: whether a smaller strength gives the same image.
    """

    text: str
    repeated: bool


class CodeEdits(NamedTuple):
    """Edited images (s, c, h, w) of one code.

    Attributes:
        notes: on sides that do not reach the change.
        limits: for each strength, a remark on an image that does not reach it; None for every other image.
        composites: for each strength, the figures of its composite; empty for edits that are not composited.
    """

    images: Image
    notes: list[str]
    limits: list[PictureLimit | None]
    composites: list[CompositeFigures]


def edited(fitted: FittedEdit, strengths: Sequence[float], change: float | None) -> CodeEdits:
    """The images of a fitted edit of one code, one for each strength; for a change inside or a composite, the edit is on its image."""
    generator, code, composition = fitted.generator, fitted.code, fitted.composition
    steps, notes = composition.amounts(strengths), []
    remarks: list[list[str]] = [[] for _ in strengths]
    if change is not None or fitted.ranged:
        several = len(composition.directions) > 1
        for i, (direction, amounts) in enumerate(zip(composition.directions, steps, strict=True)):
            if change is None:
                profile = profile_of(direction) if i < len(composition.moves) else None
                if profile is None:
                    continue  # a direction held fixed takes raw steps
                found: Strengths = RangedStrengths(profile)
            else:
                found = _strengths(fitted, direction, amounts, change)
            notes += [f"{direction.name}: {note}" if several else note for note in found.notes(amounts)]
            for remark, amount in zip(remarks, amounts, strict=True):
                if text := found.limit(amount):
                    remark.append(f"{direction.name}: {text}" if several else text)
            steps[i] = [found.alpha(strength) for strength in amounts]
    base, moves = motions(generator, code, composition.directions)
    moved = base.values + offsets(steps, composition.directions, moves, base.values)
    images, figures = generator.synthesize(LatentCode(moved, base.space)), []
    if fitted.composite is not None:
        images, figures = composited(fitted.composite, generator.synthesize(code), images, composition)
    return CodeEdits(images, notes, _limits(strengths, steps, remarks), figures)


def _strengths(fitted: FittedEdit, direction: Direction, amounts: Sequence[float], change: float) -> Strengths:
    """The strengths of one direction: places on its curve, or calibrated steps along its line."""
    if isinstance(direction, CurvedDirection):
        return direction.strengths(change)
    return calibrated(fitted.generator, fitted.code, direction, change, largest=max(map(abs, amounts)))


def _limits(
    strengths: Sequence[float], steps: Sequence[Sequence[float]], remarks: Sequence[Sequence[str]]
) -> list[PictureLimit | None]:
    """The limit of each image, from the steps of each direction (directions, strengths) and the remarks on each image."""
    moves = list(zip(*steps, strict=True))

    def repeated(i: int) -> bool:
        return any(
            abs(smaller) < abs(strengths[i]) and all(map(math.isclose, moves[j], moves[i]))
            for j, smaller in enumerate(strengths)
        )

    return [PictureLimit("; ".join(found), repeated(i)) if found else None for i, found in enumerate(remarks)]


def checked_strengths(strengths: float | Sequence[float] | Tensor) -> list[float]:
    """Check strengths and return them as a list.

    Raises:
        UsageError: a strength is not a finite number, or there is none.
    """
    try:
        found = torch.as_tensor(strengths, dtype=torch.float64).reshape(-1).tolist()
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"{parameter('strengths', strengths)} is not a number or a list of numbers; give for example [-1, 0, 1]."
        ) from error
    if not found:
        raise UsageError(f"{parameter('strengths')} is empty; give one number or several, as in [-1, 0, 1].")
    for strength in found:
        if not math.isfinite(strength):
            raise UsageError(f"{parameter('strengths')} contains {strength}; give finite numbers.")
    return found


def unreached(notes: Mapping[str, Sequence[str]], images: int, ranged: bool = False) -> str:
    """The warning about images (label -> notes of their calibration) that do not reach the requested change.

    Args:
        ranged: see ``resefa.edit``; the notes are then on positions beyond the range.
    """
    if ranged:
        return f"Strengths beyond the range stored with the directions stay at its ends ({', '.join(next(iter(notes.values())))}); give -1 to 1."
    named = [f"{label}: {', '.join(found)}" for label, found in list(notes.items())[:_NAMED]]
    more = f"; and {len(notes) - _NAMED} more" if len(notes) > _NAMED else ""
    return (
        f"{len(notes)} of {images} image{'' if images == 1 else 's'} do{'es' if len(notes) == 1 else ''} not reach the requested "
        f"{parameter('change')} ({'; '.join(named)}{more}); a longer step would change the rest of the image. Choose a smaller {parameter('change')} or smaller strengths."
    )

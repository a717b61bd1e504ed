"""Images of an edit of several directions at slider positions: one path for the page and for the command line, so that pixels are identical."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from torch import Tensor

import resefa
from resefa.directions.directions import Direction
from resefa.editing.composition import Composition
from resefa.editing.strength_range import profile_of
from resefa.errors import DirectionsError
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.metrics.change import Change, region_change

FRAMES = 25
"""Images of an animation from the original to the edit."""
Move = tuple[Direction, float]
"""A direction with a strength profile, and the position of its slider from -1 to 1."""


def edited(
    generator: BaseGenerator, code: LatentCode, moves: Sequence[Move], original: Tensor
) -> tuple[Tensor, Change | None]:
    """The image (1, c, h, w) of a code with all moves together, and its change in the union of their regions; None without an edit.

    The order of the moves does not matter, down to the last bit. The conditions are the generator's: those under which a direction was found do not count, since the original is the generator's.

    Args:
        original: (1, c, h, w), the generator's image of the code.

    Raises:
        DirectionsError: a direction without a strength profile.
        LatentError: a direction that does not fit the generator.
        GeneratorError: the image contains NaN or infinity.
    """
    active = sorted((move for move in moves if move[1]), key=_rank)
    if not active:
        return original, None
    composition = Composition(tuple((under_any_conditions(one), alpha_of(one, position)) for one, position in active))
    like = LatentCode(code.values.to(generator.device, generator.dtype), code.space, code.seeds)
    image = resefa.edit(generator, like, composition, 1.0)[0]
    edit, protect = composition.edit, composition.protect
    if edit is None or protect is None:
        return image, None
    return image, region_change(image, original, edit, protect)[0]


def loop(
    generator: BaseGenerator, code: LatentCode, moves: Sequence[Move], original: Tensor, frames: int = FRAMES
) -> Iterator[Tensor]:
    """Images (1, c, h, w) from the original to the edit, with all sliders in even steps; the first and the last are exact."""
    for frame in range(frames):
        share = frame / (frames - 1)
        yield edited(generator, code, [(one, position * share) for one, position in moves], original)[0]


def change_facts(change: Change | None) -> dict[str, float | None]:
    """A measured change as plain data; nulls without an edit."""
    return {"inside": None, "outside": None} if change is None else {"inside": change.inside, "outside": change.outside}


def alpha_of(direction: Direction, position: float) -> float:
    """The step along a direction at a slider position.

    Raises:
        DirectionsError: the direction has no strength profile.
    """
    profile = profile_of(direction)
    if profile is None:
        raise DirectionsError(
            f"{direction.name} has no range of strengths; measure it with `resefa directions measure`."
        )
    return profile.alpha(position)


def _rank(move: Move) -> tuple[bytes, float]:
    """The place of a move in sums, which are rounded in the order of their terms."""
    direction, position = move
    return direction.vector.detach().cpu().numpy().tobytes(), position


def under_any_conditions(direction: Direction) -> Direction:
    """The direction without the conditions under which it was found."""
    return replace(direction, provenance=replace(direction.provenance, truncation=None))

"""Compositions: several directions as one edit, some swept together with factors, others held at a fixed strength."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch

from resefa.directions.directions import Direction, Directions
from resefa.editing.moves import checked_direction
from resefa.errors import UsageError
from resefa.regions.image_parts import ImageParts
from resefa.regions.region import Region
from resefa.types import PixelWeights


@dataclass(frozen=True, eq=False)
class Composition:
    """An edit ``z + s sum_i f_i alpha_i d_i + sum_j t_j alpha_j d_j``: strength s sweeps the d_i; the d_j are held.

    Attributes:
        moves: (direction d_i, factor f_i); alpha_i is 1 for raw strengths, or calibrated to the region of d_i.
        held: (direction d_j, strength t_j), the same at every s, zero included.

    Raises:
        UsageError: no direction, an item that is no pair of a direction and a number, or a number that is not finite.
    """

    moves: tuple[tuple[Direction, float], ...]
    held: tuple[tuple[Direction, float], ...] = ()

    def __post_init__(self) -> None:
        if not self.moves:
            raise UsageError("The edit has no direction; give at least one, for example directions[0].")
        try:
            pairs = [(direction, amount) for direction, amount in (*self.moves, *self.held)]
        except (TypeError, ValueError) as error:
            raise UsageError(
                "moves and held must be lists of pairs of a direction and a number; write "
                "resefa.Composition(moves=[(directions[0], 1.0), (directions[1], -0.5)])."
            ) from error
        for direction, amount in pairs:
            name = checked_direction(direction).name
            if not _finite(amount):
                raise UsageError(f"The strength of {name} is {amount}; give a finite number.")

    @classmethod
    def of(cls, given: Direction | Composition | Sequence[Direction]) -> Composition:
        """Convert a direction or a list of directions to a composition; a composition is returned unchanged."""
        if isinstance(given, Composition):
            return given
        if isinstance(given, Sequence) and not isinstance(given, str | Directions):
            return cls(tuple((one, 1.0) for one in given))
        return cls(((cast(Direction, given), 1.0),))  # other types are refused in ``__post_init__``

    @property
    def directions(self) -> list[Direction]:
        """All directions: the swept directions, then the held ones."""
        return [direction for direction, _ in (*self.moves, *self.held)]

    @property
    def single(self) -> Direction | None:
        """The direction, if the edit consists of a single direction; else None."""
        (direction, factor), *more = self.moves
        return direction if factor == 1 and not more and not self.held else None

    @property
    def name(self) -> str:
        """A label for the edit: ``mouth #0 + eyes #1 x -0.5, with nose #2 at 2``."""
        moved = " + ".join(d.name + ("" if factor == 1 else f" x {factor:g}") for d, factor in self.moves)
        held = ", ".join(f"{d.name} at {strength:g}" for d, strength in self.held)
        return f"{moved}, with {held}" if held else moved

    @property
    def edit(self) -> PixelWeights | None:
        """The union of the directions' edit weights, (h, w) or (b, h, w); None if no direction has a region."""
        regions = [direction.edit for direction in self.directions if direction.edit is not None]
        return torch.stack(regions).amax(0) if regions else None

    @property
    def protect(self) -> PixelWeights | None:
        """The intersection of the directions' protect weights, (h, w) or (b, h, w); None if no direction has a region."""
        regions = [direction.protect for direction in self.directions if direction.protect is not None]
        return torch.stack(regions).amin(0) if regions else None

    def amounts(self, strengths: Sequence[float]) -> list[list[float]]:
        """The strengths of each direction at each strength of the sweep."""
        swept = [[factor * strength for strength in strengths] for _, factor in self.moves]
        return [*swept, *([strength] * len(strengths) for _, strength in self.held)]

    def with_region(self, region: Region, resolution: tuple[int, int]) -> Composition:
        """A copy that is measured in a different region: that of all swept directions, and of held directions without one."""
        return Composition(
            tuple((direction.with_region(region, resolution), factor) for direction, factor in self.moves),
            tuple(
                (direction if direction.has_region else direction.with_region(region, resolution), strength)
                for direction, strength in self.held
            ),
        )

    def on_images(self, images: Sequence[ImageParts]) -> Composition:
        """A copy in which regions that follow the image have the weights on these images; see ``Direction.on_images``."""
        return self.mapped(lambda direction: direction.on_images(images))

    @property
    def follows_image(self) -> bool:
        """Whether the region of a direction follows the image."""
        return any(direction.follows_image for direction in self.directions)

    def without_regions(self) -> Composition:
        """A copy without regions, for which no change is measured."""
        return self.mapped(Direction.without_region)

    def mapped(self, change: Callable[[Direction], Direction]) -> Composition:
        """A copy with ``change`` applied to each direction."""
        return Composition(
            tuple((change(direction), factor) for direction, factor in self.moves),
            tuple((change(direction), strength) for direction, strength in self.held),
        )


def _finite(amount: Any) -> bool:
    try:
        return not isinstance(amount, str) and math.isfinite(amount)
    except TypeError:  # not a number
        return False

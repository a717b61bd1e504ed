"""Several directions as one edit: some swept together, each by its own factor, others held at a strength of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from resefa.directions.directions import Direction, Directions
from resefa.editing.moved import motions, offsets, one_direction
from resefa.editing.strength import Calibration, calibrate
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.types import PixelWeights


@dataclass(frozen=True, eq=False)
class Composition:
    """``z + s * sum_i f_i alpha_i d_i + sum_j t_j alpha_j d_j``: strength s sweeps the first, the second are held.

    Attributes:
        moves: (direction d_i, factor f_i); alpha_i is 1 for raw strengths, or calibrated to each direction's own region.
        held: (direction d_j, strength t_j), there at every s, zero included.
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
                "moves and held are pairs of a direction and a number; write "
                "resefa.Composition(moves=[(directions[0], 1.0), (directions[1], -0.5)])."
            ) from error
        for direction, amount in pairs:
            name = one_direction(direction).name
            if not _finite(amount):
                raise UsageError(f"The strength of {name} is {amount}; give a finite number.")

    @classmethod
    def of(cls, given: Direction | Composition | Sequence[Direction]) -> Composition:
        """One direction, several that move together alike, or a composition as it is."""
        if isinstance(given, Composition):
            return given
        several = isinstance(given, Sequence) and not isinstance(given, str | Directions)
        return cls(tuple((one, 1.0) for one in (given if several else [given])))  # type: ignore[union-attr]

    @property
    def directions(self) -> list[Direction]:
        return [direction for direction, _ in (*self.moves, *self.held)]

    @property
    def single(self) -> Direction | None:
        """The direction, where it is one and nothing else."""
        (direction, factor), *more = self.moves
        return direction if factor == 1 and not more and not self.held else None

    @property
    def name(self) -> str:
        """For labels: ``mouth #0 + eyes #1 x -0.5, with nose #2 at 2``."""
        moved = " + ".join(d.name + ("" if factor == 1 else f" x {factor:g}") for d, factor in self.moves)
        held = ", ".join(f"{d.name} at {strength:g}" for d, strength in self.held)
        return f"{moved}, with {held}" if held else moved

    @property
    def edit(self) -> PixelWeights | None:
        """Where any of the directions edits; None where none names a region."""
        known = [direction.edit for direction in self.directions if direction.edit is not None]
        return torch.stack(known).amax(0) if known else None

    @property
    def protect(self) -> PixelWeights | None:
        """Where every direction that names a region protects."""
        known = [direction.protect for direction in self.directions if direction.protect is not None]
        return torch.stack(known).amin(0) if known else None

    def calibrations(
        self, generator: Generator, code: LatentCode, strengths: Sequence[float], change: float | None
    ) -> list[Calibration]:
        """Of each direction, as far as the strengths go; none for raw steps (``change`` None)."""
        if change is None:
            return []
        return [
            calibrate(generator, code, direction, change, largest=max(map(abs, amounts)))
            for direction, amounts in zip(self.directions, self._amounts(strengths), strict=True)
        ]

    def notes(self, strengths: Sequence[float], calibrations: Sequence[Calibration]) -> list[str]:
        """What pictures at these strengths do not show by themselves, with the direction's name where there are several."""
        found = []
        for direction, amounts, one in zip(self.directions, self._amounts(strengths), calibrations, strict=False):
            named = f"{direction.name}: " if len(self.directions) > 1 else ""
            found += [named + note for note in one.notes(amounts)]
        return found

    def codes(
        self,
        generator: Generator,
        code: LatentCode,
        strengths: Sequence[float],
        calibrations: Sequence[Calibration] = (),
    ) -> LatentCode:
        """(s, N): one code at each strength, in the space in which the edits are added up.

        Args:
            calibrations: of each direction; none where strengths are raw steps.

        Raises:
            LatentError: a direction does not belong to this generator or cannot move this code.
        """
        base, found = motions(generator, code, self.directions)
        steps = self._amounts(strengths)
        if calibrations:
            steps = [[one.alpha(s) for s in amounts] for one, amounts in zip(calibrations, steps, strict=True)]
        return LatentCode(base.values + offsets(steps, self.directions, found, base.values), base.space)

    def _amounts(self, strengths: Sequence[float]) -> list[list[float]]:
        """Of each direction, its strength at each strength of the sweep."""
        swept = [[factor * strength for strength in strengths] for _, factor in self.moves]
        return [*swept, *([strength] * len(strengths) for _, strength in self.held)]


def _finite(amount: Any) -> bool:
    try:
        return not isinstance(amount, str) and math.isfinite(amount)
    except TypeError:  # no number at all
        return False

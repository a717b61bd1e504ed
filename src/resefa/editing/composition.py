"""Several directions as one edit: some swept together, each by its own factor, others held at a strength of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from resefa.directions.directions import Direction
from resefa.editing.moved import motions, offsets
from resefa.editing.strength import calibrate
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.tensor_types import PixelWeights


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
            raise UsageError("No direction came: give at least one to move along.")
        for direction, amount in (*self.moves, *self.held):
            if not isinstance(direction, Direction) or not math.isfinite(amount):
                raise UsageError(
                    f"An edit with {direction!r} at {amount} came: give directions (directions[0]) and finite numbers."
                )

    @classmethod
    def of(cls, given: Direction | Composition | Sequence[Direction]) -> Composition:
        """One direction, several that move together alike, or a composition as it is."""
        if isinstance(given, Composition):
            return given
        return cls(tuple((one, 1.0) for one in ([given] if isinstance(given, Direction) else given)))

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

    def codes(
        self, generator: Generator, code: LatentCode, strengths: Sequence[float], change: float | None
    ) -> LatentCode:
        """(s, N): one code at each strength, in the space in which the edits are added up.

        Raises:
            LatentError: a direction does not belong to this generator or cannot move this code.
        """
        base, found = motions(generator, code, self.directions)
        swept = [[factor * strength for strength in strengths] for _, factor in self.moves]
        steps = [*swept, *([strength] * len(strengths) for _, strength in self.held)]
        if change is not None:
            for i, direction in enumerate(self.directions):
                calibration = calibrate(generator, code, direction, change)
                steps[i] = [calibration.alpha(step) for step in steps[i]]
        return LatentCode(base.values + offsets(steps, self.directions, found, base.values), base.space)

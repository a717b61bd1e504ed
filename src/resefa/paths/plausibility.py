"""The term that keeps the codes of a path as typical as samples."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from resefa.editing.typical_codes import TypicalCodes
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion


@dataclass(frozen=True, eq=False)
class Plausibility:
    """A penalty on displacements whose codes are less typical than samples (``editing/typical_codes.py``): 0 within the limit.

    Attributes:
        typical: the distribution of the generator's codes.
        start: (N,) the code.
        motion: how a displacement moves the code.
        limit: the largest radius without a penalty.
    """

    typical: TypicalCodes
    start: Tensor
    motion: Motion
    limit: float

    @classmethod
    def of(cls, generator: BaseGenerator, code: LatentCode, motion: Motion) -> Plausibility:
        """The penalty around one code, in the space of the motion's target."""
        typical = TypicalCodes.of(generator, motion)
        start = code.values[0].detach().double().cpu()
        return cls(typical, start, motion, typical.limit(start))

    def excess(self, place: Tensor) -> float:
        """The penalty at a displacement (n,)."""
        return self.typical.excess(self.start + self.motion.lift(place), self.limit)[0]

    def gradient(self, place: Tensor) -> Tensor:
        """The gradient (n,) of the penalty."""
        return self.motion.transposed(self.typical.excess(self.start + self.motion.lift(place), self.limit)[1])

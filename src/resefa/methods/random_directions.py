"""Random directions ``d ~ N(0, I)``, normalised: the baseline that every method has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resefa.discovery.problem import RegionProblem
from resefa.generators.base import BaseGenerator
from resefa.latents.seeds import standard_normal
from resefa.methods.ranked import Proposal, Ranked


@dataclass(frozen=True, eq=False)
class RandomDirections(Ranked):
    """Random directions, determined by ``seed``; ``ranked=False`` returns them without selection by the region's contrast."""

    seed: int = 0
    name: ClassVar[str] = "random"

    def propose(self, problem: RegionProblem, count: int) -> Proposal:
        (drawn,), _ = standard_normal(self.seed, count * problem.motion.dimensions)
        vectors = drawn.reshape(count, -1)
        return Proposal(
            vectors / vectors.norm(dim=1, keepdim=True), f"drawn at random with seed {self.seed}", {"solver": "none"}
        )

    def reason_in(self, generator: BaseGenerator, space: str) -> str | None:
        return (
            None
            if space in generator.spaces
            else f"{generator.name} has no space {space}; choose one of {', '.join(generator.spaces)}."
        )

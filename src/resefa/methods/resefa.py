"""ReSeFa: directions that change a region most and the rest of the image least.

Zhu, Shen, Xu, Zhao and Chen, "Region-based semantic factorization in GANs", ICML 2022, equations 6 to 12. A and B are the Gram
matrices of the Jacobian's rows inside and outside the region, as means over output values; the directions maximise
``d^T A d / d^T (B + tau trace(B) I) d``. Codes of several images are analysed by the sums of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from resefa.directions.directions import Directions
from resefa.discovery.problem import EditSpace, RegionProblem
from resefa.discovery.solve import solved
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.solvers import Auto
from resefa.solvers.protocol import Solver
from resefa.solvers.registry import solver as solver_of


@dataclass(frozen=True)
class ReSeFa:
    """ReSeFa, the method of the paper.

    Attributes:
        solver: one of ``resefa.solvers`` or its short name, with the ridge and the solver's options. Auto chooses from the sizes, and the result's status
            says which solver and why.
    """

    solver: Solver | Auto = field(default_factory=Auto)
    name: ClassVar[str] = "resefa"

    def __post_init__(self) -> None:
        if not isinstance(self.solver, Auto | Solver):
            object.__setattr__(self, "solver", solver_of(self.solver))  # a short name, or a refusal

    def find(self, problem: RegionProblem, k: int) -> Directions:
        """The k best directions of the region on the problem's images."""
        return solved(problem, self.solver, problem.checked_k(k)).directions(problem, k)

    def edit_for(self, generator: BaseGenerator, code: LatentCode, edit: EditSpace) -> EditSpace:
        """The edit unchanged, because the method finds directions in every space."""
        return edit

    def reason_not(self, generator: BaseGenerator, space: str | None = None) -> str | None:
        """None, because the method applies to every generator."""
        return None

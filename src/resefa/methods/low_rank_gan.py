"""LowRankGAN: Zhu, Feng, Shen, Zhao, Zha, Zhou and Chen, "Low-rank subspaces in GANs", NeurIPS 2021, the predecessor of ReSeFa.

The same Jacobian, region and Gram matrices as ReSeFa; robust PCA of both Gram matrices, then the inside's principal directions
projected on the outside's null space, in the order of the inside's spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from resefa.directions.directions import Directions
from resefa.discovery.findings import Findings
from resefa.discovery.problem import EditSpace, RegionProblem
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.solvers.null_space import solve_null_space
from resefa.solvers.robust_pca import DEFAULT_TOLERANCE


@dataclass(frozen=True)
class LowRankGAN:
    """LowRankGAN; its directions have no eigenvalues.

    Attributes:
        sparsity: lambda of the robust PCA; None: ``1 / sqrt(n)``.
        relaxation: how many of the outside's low-rank directions are given up.
        tolerance: relative, of the robust PCA.
        iterations: at most so many of the robust PCA.
    """

    sparsity: float | None = None
    relaxation: int = 0
    tolerance: float = DEFAULT_TOLERANCE
    iterations: int = 10_000
    name: ClassVar[str] = "lowrankgan"

    def find(self, problem: RegionProblem, k: int) -> Directions:
        """At most k directions of the region on the problem's images; fewer if the low-rank part has a smaller rank."""
        k = problem.checked_k(k)
        a, b = problem.gram_matrices()
        sums = problem.gram_sums()
        solution = solve_null_space(
            a, b, k=k, sparsity=self.sparsity, relaxation=self.relaxation,
            tolerance=self.tolerance, iterations=self.iterations,
        )  # fmt: skip
        vectors = solution.vectors
        found = Findings(
            self.name,
            vectors,
            (solution.status, sums.note),
            inside_rate=((vectors @ a) * vectors).sum(1),
            outside_rate=((vectors @ b) * vectors).sum(1).clamp_min(0),
            facts={"solver": "robust-pca", "jacobian": sums.mode, "weighting": problem.weighting},
        )
        return found.directions(problem, k)

    def edit_for(self, generator: BaseGenerator, code: LatentCode, edit: EditSpace) -> EditSpace:
        """The edit unchanged, because the method finds directions in every space."""
        return edit

    def reason_not(self, generator: BaseGenerator, space: str | None = None) -> str | None:
        """None, because the method applies to every generator."""
        return None

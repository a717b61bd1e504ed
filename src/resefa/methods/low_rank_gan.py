"""LowRankGAN as a finder (Zhu et al., "Low-Rank Subspaces in GANs", NeurIPS 2021), the method that ReSeFa followed.

The same Jacobian, region and Gram matrices as RegionContrast; robust PCA of both Gram matrices, then the foreground's principal
directions projected on the background's null space, in the order of the foreground's spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass

from resefa.directions.directions import Directions
from resefa.discovery.grams_of import grams_of
from resefa.discovery.problem import Task
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.regions.region import Region
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.progress import Progress
from resefa.solvers.null_space import solve_null_space
from resefa.solvers.robust_pca import DEFAULT_TOLERANCE


@dataclass(frozen=True, eq=False)
class LowRank:
    """The finder. ``sparsity`` is LowRankGAN's lambda (default ``1 / sqrt(n)``), ``relaxation`` how many of the background's
    low-rank directions are given up; the other options are those of RegionContrast. Directions carry no eigenvalues.
    """

    space: str | None = None
    layers: str | None = None
    sparsity: float | None = None
    relaxation: int = 0
    tolerance: float = DEFAULT_TOLERANCE
    iterations: int = 10_000
    analysis_resolution: int | tuple[int, int] | None = None
    memory: int | None = None
    cache: JacobianCache | None = None
    progress: Progress | None = None
    name: str = "low-rank"

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        """At most k directions of the region on the images of these codes; fewer where the low rank is smaller."""
        task = Task.of(
            generator,
            code,
            region,
            k=k,
            space=self.space,
            layers=self.layers,
            analysis_resolution=self.analysis_resolution,
        )
        parts = (task.coarse.edit, task.coarse.protect)
        sums = grams_of(task, parts, memory=self.memory, cache=self.cache, progress=self.progress)
        a, b = (gram.mean.cpu() for gram in sums.grams)
        solution = solve_null_space(
            a, b, k=k, sparsity=self.sparsity, relaxation=self.relaxation,
            tolerance=self.tolerance, iterations=self.iterations,
        )  # fmt: skip
        vectors = solution.vectors
        return task.directions(
            vectors,
            method=self.name,
            status=sums.status(solution.status),
            inside_rate=((vectors @ a) * vectors).sum(1),
            outside_rate=((vectors @ b) * vectors).sum(1).clamp_min(0),
            rank=solution.background.rank,
            solver="robust-pca",
            jacobian=sums.mode,
        )

    def reason_not(self, generator: Generator) -> str | None:
        """It applies to every generator."""
        return None

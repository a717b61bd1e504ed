"""ReSeFa, the method: directions that change a region most and the rest least (paper, equations 6 to 12).

A and B are the Gram matrices of the Jacobian's rows inside and outside the region, as means over output values; the
directions maximise ``d^T A d / d^T (B + tau trace(B) I) d``. Codes of several images are analysed by the sums of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from resefa.directions.directions import Directions, Provenance
from resefa.discovery.jacobian_of import image_jacobian
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.operators.gram import Gram
from resefa.operators.image_jacobian import ImageJacobian
from resefa.operators.jacobian import Progress
from resefa.operators.jacobian_cache import JacobianCache
from resefa.pooling import analysis_size
from resefa.regions.region import Region
from resefa.regions.weights import RegionWeights
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.ridge import DEFAULT_TAU
from resefa.solvers.solution import Solution
from resefa.solvers.woodbury import solve_woodbury
from resefa.version import VERSION

SOLVERS = ("auto", "cholesky", "woodbury")


@dataclass(frozen=True, eq=False)
class RegionContrast:
    """The finder. ``solver="auto"`` takes Woodbury where the protected part has fewer values than half of n."""

    tau: float = DEFAULT_TAU
    solver: str = "auto"
    analysis_resolution: int | tuple[int, int] | None = None
    memory: int | None = None
    cache: JacobianCache | None = None
    progress: Progress | None = None
    name: str = "region-contrast"

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        """The k best directions of the region on the images of these codes."""
        if k < 1:
            raise UsageError(f"k = {k} directions were asked for: give 1 or more.")
        if self.solver not in SOLVERS:
            raise UsageError(f"The solver {self.solver!r} came: give {', '.join(SOLVERS)}.")
        if not len(code):
            raise UsageError("No code came: give at least one image to analyse.")
        weights = region.weights(*generator.resolution)
        size = analysis_size(generator.resolution, self.analysis_resolution)
        coarse = weights.resized(*size)
        jacobians = [self._jacobian(generator, one, size) for one in code]
        solution = self._solve(jacobians, coarse, k)
        a, b = _grams(jacobians, coarse)
        vectors = solution.vectors
        status = solution.status
        if size != generator.resolution:
            status += f"; analysed at {size[0]} x {size[1]} by area averaging"
        return Directions(
            vectors.float(),
            eigenvalues=solution.eigenvalues,
            residuals=solution.residuals,
            inside_rate=((vectors @ a.mean.cpu()) * vectors).sum(1),
            outside_rate=((vectors @ b.mean.cpu()) * vectors).sum(1).clamp_min(0),
            codes=code.values.detach().cpu().float(),
            edit=weights.edit.float(),
            protect=weights.protect.float(),
            provenance=Provenance(
                method=self.name,
                model=generator.name,
                fingerprint=generator.fingerprint,
                space=code.space,
                seeds=code.seeds,
                region=region.text,
                protect=region.protect_text,
                ignore=region.ignore_text,
                resolution=generator.resolution,
                analysis_resolution=size,
                tau=self.tau,
                ridge=solution.ridge,
                rank=solution.rank,
                solver=solution.method,
                status=status,
                jacobian=jacobians[0].mode,
                version=VERSION,
            ),
        )

    def _jacobian(self, generator: Generator, code: LatentCode, size: tuple[int, int]) -> ImageJacobian:
        return image_jacobian(generator, code, size, memory=self.memory, cache=self.cache, progress=self.progress)

    def _solve(self, jacobians: list[ImageJacobian], weights: RegionWeights, k: int) -> Solution:
        channels, n = jacobians[0].image_shape[0], jacobians[0].shape[1]
        values = int(weights.protect.count_nonzero()) * channels * len(jacobians)
        if self.solver == "woodbury" or (self.solver == "auto" and self.tau > 0 and values < n / 2):
            parts = [
                torch.cat([jacobian.rows(part) for jacobian in jacobians])
                / (len(jacobians) * channels * float(part.sum())) ** 0.5
                for part in (weights.edit, weights.protect)
            ]
            return solve_woodbury(*parts, k=k, tau=self.tau)
        a, b = _grams(jacobians, weights)
        return solve_cholesky(a.mean, b.mean, k=k, tau=self.tau)


def _grams(jacobians: list[ImageJacobian], weights: RegionWeights) -> tuple[Gram, Gram]:
    a, b = jacobians[0].gram(weights.edit), jacobians[0].gram(weights.protect)
    for jacobian in jacobians[1:]:
        a, b = a + jacobian.gram(weights.edit), b + jacobian.gram(weights.protect)
    return a, b

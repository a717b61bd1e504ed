"""ReSeFa, the method: directions that change a region most and the rest least (paper, equations 6 to 12).

A and B are the Gram matrices of the Jacobian's rows inside and outside the region, as means over output values; the
directions maximise ``d^T A d / d^T (B + tau trace(B) I) d``. Codes of several images are analysed by the sums of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.directions.directions import Directions, Provenance
from resefa.discovery.jacobian_of import image_jacobian
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.operators.gram import Gram
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
    """The finder. ``solver="auto"`` takes Woodbury where the protected part has fewer values than half of n.

    ``space`` and ``layers`` say which edit is optimised, the one that will be applied; default: the code's own space, whole.
    """

    space: str | None = None
    layers: str | None = None
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
        motion = generator.motion(self.space or code.space, self.layers, code.space)
        weights = region.weights(*generator.resolution)
        size = analysis_size(generator.resolution, self.analysis_resolution)
        coarse = weights.resized(*size)
        solution, a, b, mode = self._solve(generator, code, motion, size, coarse, k)
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
                space=motion.space,
                layers=motion.layers,
                code_space=code.space,
                truncation=generator.conditions.truncation,
                cutoff=generator.conditions.cutoff,
                label=generator.conditions.label,
                noise=str(generator.conditions.noise),
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
                jacobian=mode,
                version=VERSION,
            ),
        )

    def _solve(
        self,
        generator: Generator,
        code: LatentCode,
        motion: Motion,
        size: tuple[int, int],
        weights: RegionWeights,
        k: int,
    ) -> tuple[Solution, Gram, Gram, str]:
        """The eigenproblem of the summed Gram matrices; Jacobians are let go of one by one, so that many codes fit."""
        channels, n = generator.channels, motion.dimensions
        values = int(weights.protect.count_nonzero()) * channels * len(code)
        woodbury = self.solver == "woodbury" or (self.solver == "auto" and self.tau > 0 and values < n / 2)
        grams: list[Gram] = []
        factors: list[list[Tensor]] = [[], []]
        mode = ""
        for i, one in enumerate(code):
            jacobian = image_jacobian(
                generator, one, size, motion=motion, memory=self.memory, cache=self.cache,
                progress=self._progress(i, len(code)),
            )  # fmt: skip
            mode = mode or jacobian.mode
            found = [jacobian.gram(part) for part in (weights.edit, weights.protect)]
            grams = [a + b for a, b in zip(grams, found, strict=True)] if grams else found
            if woodbury:
                for rows, part in zip(factors, (weights.edit, weights.protect), strict=True):
                    rows.append(jacobian.rows(part) / (len(code) * channels * float(part.sum())) ** 0.5)
        a, b = grams
        if woodbury:
            return solve_woodbury(*(torch.cat(rows) for rows in factors), k=k, tau=self.tau), a, b, mode
        return solve_cholesky(a.mean, b.mean, k=k, tau=self.tau), a, b, mode

    def _progress(self, index: int, images: int) -> Progress | None:
        """Progress over all images, from that of the one at ``index``."""
        told = self.progress
        return told and (lambda done, total: told(index * total + done, images * total))

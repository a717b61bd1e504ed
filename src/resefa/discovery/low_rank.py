"""LowRankGAN as a finder (Zhu et al., "Low-Rank Subspaces in GANs", NeurIPS 2021), the method that ReSeFa followed.

The same Jacobian, region and Gram matrices as RegionContrast; robust PCA of both Gram matrices, then the foreground's principal
directions projected on the background's null space, in the order of the foreground's spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass

from resefa.directions.directions import Directions
from resefa.discovery.jacobian_of import image_jacobian
from resefa.discovery.provenance_of import provenance_of
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.operators.gram import Gram
from resefa.operators.jacobian import Progress
from resefa.operators.jacobian_cache import JacobianCache
from resefa.pooling import analysis_size
from resefa.regions.region import Region
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
        if k < 1:
            raise UsageError(f"k = {k} directions were asked for: give 1 or more.")
        if not len(code):
            raise UsageError("No code came: give at least one image to analyse.")
        motion = generator.motion(self.space or code.space, self.layers, code.space)
        weights = region.weights(*generator.resolution)
        size = analysis_size(generator.resolution, self.analysis_resolution)
        coarse = weights.resized(*size)
        grams: list[Gram] = []
        mode = ""
        for i, one in enumerate(code):
            jacobian = image_jacobian(
                generator, one, size, motion=motion, memory=self.memory, cache=self.cache,
                progress=self._progress(i, len(code)),
            )  # fmt: skip
            mode = mode or jacobian.mode
            found = [jacobian.gram(part) for part in (coarse.edit, coarse.protect)]
            grams = [a + b for a, b in zip(grams, found, strict=True)] if grams else found
        a, b = (gram.mean.cpu() for gram in grams)
        solution = solve_null_space(
            a, b, k=k, sparsity=self.sparsity, relaxation=self.relaxation,
            tolerance=self.tolerance, iterations=self.iterations,
        )  # fmt: skip
        vectors = solution.vectors
        status = solution.status
        if size != generator.resolution:
            status += f"; analysed at {size[0]} x {size[1]} by area averaging"
        return Directions(
            vectors.float(),
            inside_rate=((vectors @ a) * vectors).sum(1),
            outside_rate=((vectors @ b) * vectors).sum(1).clamp_min(0),
            codes=code.values.detach().cpu().float(),
            edit=weights.edit.float(),
            protect=weights.protect.float(),
            provenance=provenance_of(
                generator,
                code,
                motion,
                region,
                method=self.name,
                analysis_resolution=size,
                rank=solution.background.rank,
                solver="robust-pca",
                status=status,
                jacobian=mode,
            ),
        )

    def _progress(self, index: int, images: int) -> Progress | None:
        """Progress over all images, from that of the one at ``index``."""
        told = self.progress
        return told and (lambda done, total: told(index * total + done, images * total))

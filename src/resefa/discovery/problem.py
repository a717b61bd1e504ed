"""What every finder starts from and ends with: the checked task, and the directions with their provenance."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from resefa.area_average import analysis_size
from resefa.directions.directions import Directions
from resefa.discovery.arguments import checked_code, checked_generator, whole_number
from resefa.discovery.provenance_of import provenance_of
from resefa.errors import ResefaWarning, UsageError
from resefa.generators.full_precision import with_derivatives
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.layers import as_layer_text
from resefa.latents.motion import Motion
from resefa.regions.as_region import RegionLike, as_region
from resefa.regions.region import Region
from resefa.regions.weights import RegionWeights
from resefa.runtime.progress import Progress


@dataclass(frozen=True, eq=False)
class Task:
    """A region on the images of some codes, and the edit whose directions are looked for.

    Attributes:
        generator: what is differentiated: of one in half precision, the same in float32.
        motion: the edit's space and layers.
        weights: of the region at the image's resolution.
        size: (rows, columns) at which images are analysed.
        coarse: the region's weights there.
        k: how many directions were asked for.
        note: what the result's status has to say of all this.
    """

    generator: Generator
    code: LatentCode
    region: Region
    motion: Motion
    weights: RegionWeights
    size: tuple[int, int]
    coarse: RegionWeights
    k: int = 1
    note: str = ""

    @classmethod
    def of(
        cls,
        generator: Generator,
        code: LatentCode,
        region: RegionLike,
        *,
        k: int,
        space: str | None,
        layers: str | None,
        analysis_resolution: int | tuple[int, int] | None,
    ) -> Task:
        """The task, or one sentence why it makes no sense.

        Raises:
            UsageError: k below 1, no code, layers or an analysis resolution that there are not.
            LatentError, RegionError: a space or a region that does not fit.
        """
        k = whole_number("k", k)
        generator = checked_generator(generator)
        code = checked_code(code, generator)
        if not len(code):
            raise UsageError("There is no code: give at least one image to analyse.")
        motion = generator.motion(space or code.space, as_layer_text(layers), code.space)
        if k > motion.dimensions:
            warnings.warn(
                f"k = {k}: {motion.dimensions} directions exist, since {generator.name} has {motion.dimensions} dimensions there.",
                ResefaWarning, stacklevel=4,
            )  # fmt: skip
        region = as_region(region, generator.presets, generator.resolution)
        weights = region.weights(*generator.resolution)
        size = analysis_size(generator.resolution, analysis_resolution)
        precise = with_derivatives(generator)
        if precise is not generator:
            code = replace(code, values=code.values.float())
        note = (
            ""
            if precise is generator
            else f"derivatives in float32, of a generator that computes in {str(generator.dtype)[6:]}"
        )
        return cls(precise, code, region, motion, weights, size, weights.resized(*size), k, note)

    def directions(
        self,
        vectors: Tensor,
        *,
        method: str,
        status: str,
        eigenvalues: Tensor | None = None,
        residuals: Tensor | None = None,
        inside_rate: Tensor | None = None,
        outside_rate: Tensor | None = None,
        coarsened: str = "by area averaging",
        **found: Any,
    ) -> Directions:
        """The result; ``found``: further fields of its provenance."""
        if self.size != self.generator.resolution:
            status += f"; analysed at {self.size[0]} x {self.size[1]} {coarsened}"
        if len(vectors) < self.k:
            exist = "1 direction exists" if len(vectors) == 1 else f"{len(vectors)} directions exist"
            status += f"; {exist} and {self.k} were asked for"
        if self.note:
            status += f"; {self.note}"
        return Directions(
            vectors.float(),
            eigenvalues=eigenvalues,
            residuals=residuals,
            inside_rate=inside_rate,
            outside_rate=outside_rate,
            codes=self.code.values.detach().cpu().float(),
            edit=self.weights.edit.float(),
            protect=self.weights.protect.float(),
            provenance=provenance_of(
                self.generator,
                self.code,
                self.motion,
                self.region,
                method=method,
                analysis_resolution=self.size,
                status=status,
                **found,
            ),
        )


def of_one(progress: Progress | None, index: int, images: int) -> Progress | None:
    """Progress over all images, from that of the one at ``index``."""
    return progress and (lambda done, total: progress(index * total + done, images * total))

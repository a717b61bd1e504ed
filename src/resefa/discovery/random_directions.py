"""Random unit directions: the baseline that a found direction has to beat."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from resefa.directions.directions import Directions, Provenance
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.space import standard_normal
from resefa.regions.region import Region
from resefa.version import VERSION


@dataclass(frozen=True)
class RandomDirections:
    """Uniform on the sphere; drawn from ``seed``, the same on every machine."""

    seed: int = 0
    name: str = "random"

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        weights = region.weights(*generator.resolution)
        vectors, _ = standard_normal([self.seed + i for i in range(k)], generator.spaces[code.space].dimensions)
        return Directions(
            (vectors / vectors.norm(dim=1, keepdim=True)).float(),
            codes=code.values.detach().cpu().float(),
            edit=weights.edit.to(torch.float32),
            protect=weights.protect.to(torch.float32),
            provenance=Provenance(
                method=self.name,
                model=generator.name,
                fingerprint=generator.fingerprint,
                space=code.space,
                seeds=code.seeds,
                region=region.text,
                resolution=generator.resolution,
                status=f"random directions of the seeds {self.seed} to {self.seed + k - 1}",
                version=VERSION,
            ),
        )

"""Directions that a person brings to a comparison: a method whose search is already done."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from resefa.comparison.experiment import Experiment, Method
from resefa.directions.directions import Directions
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.regions.region import Region

MOST = 20
"""Directions of a file that are tried, of which the one that changes least outside on the discovery images is taken: as many as
other methods that do not know the region may offer."""


@dataclass(frozen=True, eq=False)
class GivenDirections:
    """A finder (``resefa.methods.method``) that finds what is in a file."""

    name: str
    directions: Directions

    def reason_not(self, generator: Generator) -> str | None:
        """They fit the model: ``opened`` has checked it."""
        return None

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        """The first ``k`` of them, whatever the code and the region."""
        return self.directions.chosen(range(min(k, len(self.directions))))

    def meant_for(self, region: str, text: str) -> bool:
        """Whether they are for the region of this name and text: a file that names no region is for every one."""
        return self.directions.provenance.region in ("", region, text)

    @property
    def method(self) -> Method:
        """Its entry in an experiment: transferred only (on no image of its own), and bound to these very numbers."""
        digest = hashlib.sha256(self.directions.vectors.numpy().tobytes()).hexdigest()
        return Method(self.name, {"directions": digest}, images=0, candidates=min(MOST, len(self.directions)))


def opened(path: Path, name: str, generator: Generator) -> GivenDirections:
    """The directions of a file of resefa or another tool.

    Raises:
        DirectionsError: the file cannot be read, or does not say in which space its directions are.
        LatentError: they are for another model.
    """
    found = Directions.load(path, generator=generator)
    about = found.provenance
    motion = generator.motion(about.space, about.layers, about.code_space or about.space)
    found.check_fits(generator.name, generator.fingerprint, motion.space, motion.dimensions)
    return GivenDirections(name, found)


def check_regions(given: GivenDirections, experiment: Experiment) -> None:
    """Raise UsageError where directions are for a region that is not compared."""
    if not any(given.meant_for(name, text) for name, text in experiment.regions.items()):
        region = given.directions.provenance.region
        raise UsageError(
            f"The directions of {given.name} were found for the region {region}, which is not compared; add --region {region}, or compare "
            "them on their region."
        )

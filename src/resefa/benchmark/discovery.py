"""Discovery of the directions of each case: per image, and on discovery images for transfer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, cast

import torch

from resefa.benchmark.cases import LEARNS_LABELS, Case
from resefa.benchmark.part_regions import PartRegions
from resefa.benchmark.samples import Samples
from resefa.benchmark.settings import Settings
from resefa.comparison.discovery import Cost, TimedCache
from resefa.comparison.experiment import file_part
from resefa.comparison.methods import ReadyMethod, set_up
from resefa.directions.directions import Directions
from resefa.discovery.problem import EditSpace, RegionProblem
from resefa.errors import SolverError
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.methods.ranked import Proposal, Ranked
from resefa.regions.region import Region
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.session import Session
from resefa.types import Vectors

SAME_FOR_ALL_IMAGES = ("sefa", "ganspace", LEARNS_LABELS)
"""Methods whose candidates do not depend on the image; they are proposed once."""
FEWEST_LABELS = 12
"""The number of samples with a kind, and without it, that a boundary needs."""


@dataclass(frozen=True, eq=False)
class Candidates(Ranked):
    """Candidates proposed earlier, which the region's contrast ranks on each image.

    Attributes:
        vectors: (c, n) unit rows in the method's order. ``space``: their latent space. ``status``: how they were found.
    """

    vectors: Vectors = field(default_factory=lambda: torch.zeros(0, 0))
    space: str = ""
    status: str = ""
    name: ClassVar[str] = "candidates"

    def propose(self, problem: RegionProblem, count: int) -> Proposal:
        return Proposal(self.vectors[:count], self.status, {"solver": "none"})

    def reason_in(self, generator: BaseGenerator, space: str) -> str | None:
        return None if space == self.space else f"The candidates belong to {self.space}, not to {space}."


class PartsCache(TimedCache):
    """A timed cache in which the search of a matrix-free solver for one part continues for the next part of the same image.

    A Jacobian is charged in full to each method that uses it; products with the Jacobian are charged to the part that needs them first.
    """

    def taken(self, name: str) -> Any:
        """Remove and return the subspace stored under the name; None if missing."""
        return JacobianCache.taken(self, name)

    def put(self, name: str, value: Any) -> None:
        """Store a subspace under the name."""
        JacobianCache.put(self, name, value)


class CaseDiscovery:
    """Discovery of the directions of all cases.

    Args:
        generator: at its full resolution.
        parts: gives the part regions of codes.
        samples: gives the labels of methods that learn from labels.
        folder: transferred directions are saved in its folder ``directions``.
    """

    def __init__(
        self, generator: BaseGenerator, settings: Settings, parts: PartRegions, samples: Samples, folder: Path
    ) -> None:
        self.generator, self.settings, self.parts, self.samples, self.folder = (
            generator,
            settings,
            parts,
            samples,
            folder,
        )
        self._candidates: dict[tuple[str, str], Candidates] = {}

    def per_image(
        self, code: LatentCode, region: Region, name: str, case: Case, cache: TimedCache
    ) -> tuple[Directions, Cost]:
        """The directions of a case for a region, found on the image of ``code``.

        Args:
            name: of the part.

        Raises:
            SolverError, DirectionsError: the method has no direction there.
        """
        return cache.timed(lambda: self._ready(case, name, code, region, cache).find(
            self.generator, code, region, k=self.settings.k
        ))  # fmt: skip

    def transferred(self, name: str, case: Case, cache: TimedCache) -> tuple[Directions, Cost]:
        """The directions of a case for a part, found on discovery images that have the part, and saved.

        Args:
            cache: shared by parts, whose discovery images are mostly the same.

        Raises:
            SolverError, DirectionsError: the method has no direction there, or no discovery image has the part.
        """
        if case.curved and (made := self._file(name, case.straight)).exists():
            found, cost = Directions.load(made), Cost(0.0, 0.0)
            found.save(self._file(name, case))
            return found, cost
        code, region = self.parts.discovery(name)
        found, cost = self.per_image(code, region, name, case, cache)
        found.save(self._file(name, case))
        return found, cost

    def saved(self, cases: Sequence[Case]) -> dict[tuple[str, str], Directions]:
        """The transferred directions by part and case, without those whose discovery failed."""
        files = {(name, case.name): self._file(name, case) for name in self.settings.regions for case in cases}
        return {key: Directions.load(path) for key, path in files.items() if path.exists()}

    def _file(self, name: str, case: Case) -> Path:
        return self.folder / "directions" / f"{name}-{file_part(case.name.replace('+', '-plus'))}.safetensors"

    def _ready(self, case: Case, name: str, code: LatentCode, region: Region, cache: TimedCache) -> ReadyMethod:
        edit, session = self._edit(case), Session(cache=cache)
        if case.method not in SAME_FOR_ALL_IMAGES:
            return set_up(case.as_method(), self.generator, code.seeds[0] if code.seeds else 0, edit, session)
        key = (case.name, name if case.method == LEARNS_LABELS else "")
        if key not in self._candidates:
            self._candidates[key] = self._proposed(
                case, name, RegionProblem(self.generator, code, region, edit, session)
            )
        return ReadyMethod(cast(Any, self._candidates[key]), edit, session)  # the protocol has no class variables

    def _proposed(self, case: Case, name: str, problem: RegionProblem) -> Candidates:
        method = case.as_method()
        ready = set_up(method, self.generator, 0, problem.edit, problem.session).method
        assert isinstance(ready, Ranked)
        if case.method == LEARNS_LABELS:
            from resefa.methods.inter_face_gan import InterFaceGAN

            labels = self.samples.labels(name, FEWEST_LABELS, self.settings.confidence)
            if not labels.shape[1]:
                raise SolverError(
                    f"Fewer than {FEWEST_LABELS} samples show any kind of {name}, too few for a boundary."
                )
            ready = InterFaceGAN(**case.options, labels=labels, label_codes=self.generator.sample(self.samples.seeds))
        found = ready.propose(problem, ready.candidates or ready.MANY)
        return Candidates(
            ranked=ready.ranked, floor=ready.floor, vectors=found.vectors, space=case.space, status=found.status
        )

    def _edit(self, case: Case) -> EditSpace:
        size = self.settings.analysed_at
        whole = size is None or size >= max(self.generator.resolution)
        return EditSpace(case.space) if whole else EditSpace(case.space, None, size, True)

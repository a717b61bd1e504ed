"""Conversion of a method's vectors to ``Directions``: the provenance and the status that all methods share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from resefa.directions.directions import Directions
from resefa.directions.facts import DirectionFacts
from resefa.directions.provenance import Provenance
from resefa.discovery.objectives.objective import PIXELS
from resefa.discovery.objectives.vary_hold import VaryHold, terms_of
from resefa.discovery.problem import RegionProblem
from resefa.generators.image_regions import fingerprint_of
from resefa.solvers.certificate import Certificate
from resefa.types import Vectors
from resefa.version import VERSION


@dataclass(frozen=True, eq=False)
class Findings:
    """The vectors that a method found for a region problem, with their measured rates.

    Attributes:
        method: its name.
        vectors: (k, n), unit rows, best first.
        notes: for the status, beside the certificate; empty ones are left out.
        eigenvalues: (k,) float64, where the method has them.
        inside_rate, outside_rate: ``d^T A d`` and ``d^T B d``, (k,) float64.
        certificate: how exact the eigenpairs are.
        facts: further fields of the provenance.
        of_each: facts of each direction, such as its transfer between images.
    """

    method: str
    vectors: Vectors
    notes: tuple[str, ...]
    eigenvalues: Tensor | None = None
    inside_rate: Tensor | None = None
    outside_rate: Tensor | None = None
    certificate: Certificate | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    of_each: tuple[DirectionFacts, ...] | None = None

    def directions(self, problem: RegionProblem, k: int) -> Directions:
        """The ``Directions`` of the problem; k is the number that the caller requested."""
        return Directions(
            self.vectors.float(),
            eigenvalues=self.eigenvalues,
            inside_rate=self.inside_rate,
            outside_rate=self.outside_rate,
            codes=problem.code.values.detach().cpu().float(),
            edit=problem.region_weights.edit.float(),
            protect=problem.region_weights.protect.float(),
            certificate=self.certificate,
            facts=self.of_each,
            provenance=self._provenance(problem, k),
        )

    def _provenance(self, problem: RegionProblem, k: int) -> Provenance:
        generator, code, region = problem.generator, problem.code, problem.region
        conditions = generator.conditions
        return Provenance(
            method=self.method,
            notes="; ".join(filter(None, (*self.notes, *self._notes(problem, k)))),
            model=generator.name,
            fingerprint=generator.fingerprint,
            space=problem.motion.space,
            layers=problem.motion.layers,
            code_space=code.space,
            truncation=conditions.truncation,
            cutoff=conditions.cutoff,
            label=conditions.label,
            noise=str(conditions.noise),
            seeds=code.seeds,
            region=region.text,
            protect=region.protect_text,
            ignore=region.ignore_text,
            segmenter=fingerprint_of(generator, region) if region.follows_image else None,
            resolution=generator.resolution,
            analysis_resolution=problem.size,
            **terms_of(problem.objective),
            version=VERSION,
            **self.facts,
        )

    def _notes(self, problem: RegionProblem, k: int) -> tuple[str, ...]:
        """Notes for the status that follow from the problem: objective, analysis resolution, number of directions."""
        notes = []
        objective = problem.objective
        if isinstance(objective, VaryHold):
            notes.append(objective.about)
        elif objective.name != PIXELS:
            notes.append(f"objective {objective.name}")
        if problem.size != problem.generator.resolution:
            how = "as the generator's own intermediate image" if problem.edit.intermediate else "by area averaging"
            notes.append(f"analysed at {problem.size[0]} x {problem.size[1]} {how}")
        if (count := len(self.vectors)) < k:
            notes.append(f"{'1 direction exists' if count == 1 else f'{count} directions exist'}; {k} were requested")
        return (*notes, problem.note)

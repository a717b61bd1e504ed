"""The search for the edits of a region: directions, their ranges, previews and names, each shown as soon as it exists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

import resefa
from resefa.directions.directions import Directions
from resefa.editor.analysis import Analysis
from resefa.editor.end_words import LEAST_BEARD, WHOLE
from resefa.editor.work_queue import Job
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.regions.image_parts import parts_of
from resefa.regions.region import Region
from resefa.runtime.session import Session

FIRST, MORE = 4, 4
"""Number of directions of a search, and of each further search in the same region."""
MOST_OF_PART, LEAST_FILLED = 0.5, 0.04
"""Fraction of a part that lies in the region, and of the region that the part fills, from which a rough box marks the part."""


@dataclass(frozen=True, eq=False)
class Question:
    """The question of a search: which edits of a region does one image have?

    Attributes:
        generator: under the conditions of the image.
        code: of the image.
        region: marked by the user.
        analysis: options of the search.
        count: the number of directions.
    """

    generator: BaseGenerator
    code: LatentCode
    region: Region
    analysis: Analysis
    count: int = FIRST

    def directions(self, session: Session) -> Directions:
        """The directions of the region, best first; see ``resefa.discover``."""
        options: dict[str, Any] = self.analysis.options()
        return resefa.discover(self.generator, self.code, self.region, k=self.count, session=session, **options)

    def ranged(self, directions: Directions) -> Directions:
        """Measure how far each direction goes, on the analysed image: a quarter of the size in a tenth of the time."""
        small = self.analysis.small(self.generator)
        measured = directions
        if small is not self.generator:
            weights = self.region.weights(*self.generator.resolution).resized(*small.resolution)
            where = replace(directions.provenance, resolution=small.resolution)
            measured = replace(directions, edit=weights.edit, protect=weights.protect, provenance=where)
        found = resefa.measure_strengths(small, measured, self.code)
        return replace(directions, facts=found.facts)


def marked_part(generator: BaseGenerator, original: Tensor, region: Region) -> str:
    """The name of the part of an image (1, c, h, w) that a region marks; empty if no part fits.

    A part fits if most of it lies in the region and it is not too small a piece of the region; of several, the part that fills most of the
    region wins: eyes rather than eyebrows.
    """
    if generator.segmenter is None:
        return ""
    weights = region.weights(*generator.resolution).edit.numpy()
    parts = parts_of(original, generator.segmenter)[0]
    fitting: list[tuple[bool, float, str]] = []
    for name in parts.present:
        mask = parts.mask(name)
        if name == "beard" and mask.mean() < LEAST_BEARD:
            continue
        common = float((weights * mask).sum())
        inside, filled = common / float(mask.sum()), common / float(weights.sum())
        if inside >= MOST_OF_PART and filled >= LEAST_FILLED:
            fitting.append((name not in WHOLE, filled, name))
    return max(fitting)[2] if fitting else ""


def prepare(questions: Iterable[Question], session: Session, job: Job[None]) -> None:
    """Compute in advance what depends on the image alone, so that regions are found sooner.

    A search by products leaves its searched subspace in the cache, in which the next search starts; a search with the whole Jacobian
    leaves the Jacobian.
    """
    for question in questions:
        question.directions(job.session(session))

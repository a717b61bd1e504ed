"""Analysis of an image in the editor: space, size and solver, chosen so that a search takes seconds and edits stay clean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from resefa.errors import UsageError
from resefa.generators.base import BaseGenerator

LEAST_ROWS = 64
"""Rows of the image on which directions are found, at least; larger models are analysed at a quarter of their size."""
TOLERANCE = 0.1
"""Relative error allowed for eigenvalues of searches by products; the directions differ from exact ones by less than the eye sees."""
SPACES = ("W+", "W", "Z")
"""The default space is the first of these that the generator has: in W+ edits are the most local for their time of search."""


@dataclass(frozen=True)
class Analysis:
    """Options of the search for directions; the defaults of a generator come from ``of``.

    Attributes:
        space: latent space of the directions.
        layers: of the space, as in ``resefa.discover``; None: all.
        resolution: rows of the analysed image; None: those of the generator.
        intermediate: whether the analysed image is the generator's intermediate image of that size.
        solver: name of a solver.
        tau: ridge; None: the solver's default.
        tolerance: relative error of eigenvalues, for searches by products; None: the solver's default.
    """

    space: str
    layers: str | None = None
    resolution: int | None = None
    intermediate: bool = False
    solver: str = "auto"
    tau: float | None = None
    tolerance: float | None = TOLERANCE

    @classmethod
    def of(cls, generator: BaseGenerator) -> Analysis:
        """The default analysis of a generator."""
        space = next((name for name in SPACES if name in generator.spaces), generator.default_space)
        height = generator.resolution[0]
        rows = max(LEAST_ROWS, height // 4)
        if rows >= height:
            return cls(space)
        return cls(space, resolution=rows, intermediate=_has_intermediate(generator, rows))

    def options(self) -> dict[str, Any]:
        """The keywords of ``resefa.discover``."""
        given = {
            "space": self.space,
            "layers": self.layers,
            "analysis_resolution": self.resolution,
            "intermediate": self.intermediate or None,
            "solver": self.solver,
            "tau": self.tau,
            "tolerance": self.tolerance if self.solver in ("auto", "matrix-free") else None,
        }
        return {name: value for name, value in given.items() if value is not None}

    def small(self, generator: BaseGenerator) -> BaseGenerator:
        """The generator of the analysed images, on which ranges of strengths are measured; the generator itself without intermediate images."""
        return generator.at_resolution(self.resolution) if self.intermediate and self.resolution else generator

    def with_options(self, **given: Any) -> Analysis:
        """A copy with the options that are not None."""
        return replace(self, **{name: value for name, value in given.items() if value is not None})

    def at_rows(self, generator: BaseGenerator, rows: int) -> Analysis:
        """A copy that analyses images of so many rows, the generator's intermediate images where there are any of this size."""
        if rows >= generator.resolution[0]:
            return replace(self, resolution=None, intermediate=False)
        return replace(self, resolution=rows, intermediate=_has_intermediate(generator, rows))


def _has_intermediate(generator: BaseGenerator, rows: int) -> bool:
    try:
        generator.at_resolution(rows)
    except UsageError:
        return False
    return True

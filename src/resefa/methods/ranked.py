"""Methods that do not know the region: each proposes candidates, and the region's contrast on the images orders them.

What a person does by eye with SeFa or GANSpace, look through the first twenty for one that moves the mouth, is done here by
figures: ``d^T A d / d^T B d`` (paper, equation 7, without the ridge) from Jacobian products ``J d``. So each method gives its
best direction for the region, and a comparison does not hang on who looked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor

from resefa.directions.directions import Directions
from resefa.discovery.arguments import whole_number
from resefa.discovery.jacobian_of import jacobian_operator
from resefa.discovery.problem import Task, of_one
from resefa.errors import LatentError, SolverError, UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.regions.region import Region
from resefa.runtime.progress import Progress
from resefa.types import Vectors

AT_ONCE = 16
"""Products that are held at a time."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """Unit rows (c, n), float64, in the method's own order; ``status`` in words; ``found``: further fields of the provenance."""

    vectors: Vectors
    status: str
    found: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Ranked(ABC):
    """What these finders share.

    Attributes:
        space, layers: of the edit; default: the code's own space if the method applies there, else the first in which it does.
        candidates: how many of the method's directions are looked at; at least k. Default MANY, or k where that is more.
        ranked: order them by the region's contrast; False keeps the method's own order.
        floor: candidates that change the inside by less than this share of the strongest come last: local, and nobody would
            see it.
        analysis_resolution: longer side of the image that is analysed.
        memory: budget in bytes; None: half of what is free.
        progress: called with what is done and what there is to do.
    """

    space: str | None = None
    layers: str | None = None
    candidates: int | None = None
    ranked: bool = True
    floor: float = 0.0
    analysis_resolution: int | tuple[int, int] | None = None
    memory: int | None = None
    progress: Progress | None = None
    name: str = ""
    MANY: ClassVar[int] = 20

    @abstractmethod
    def propose(self, task: Task, count: int) -> Proposal:
        """About ``count`` candidates."""

    @abstractmethod
    def reason_in(self, generator: Generator, space: str) -> str | None:
        """One sentence why the method has no directions of this space, None where it has."""

    def reason_not(self, generator: Generator) -> str | None:
        """One sentence why the method does not apply, None where it does."""
        reasons = [self.reason_in(generator, space) for space in ([self.space] if self.space else generator.spaces)]
        return None if None in reasons else reasons[0]

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        """The k candidates of the greatest contrast on the images of these codes."""
        k = whole_number("k", k)
        self._check_candidates(k)
        if reason := self.reason_not(generator):
            raise UsageError(reason)
        task = Task.of(
            generator, code, region, k=k, space=self._space_for(generator, code), layers=self.layers,
            analysis_resolution=self.analysis_resolution,
        )  # fmt: skip
        proposal = self.propose(task, max(k, self.candidates or self.MANY) if self.ranked else k)
        vectors = proposal.vectors if self.ranked else proposal.vectors[:k]
        inside, outside, mode = rates_of(task, vectors, memory=self.memory, progress=self.progress)
        if not bool(inside.any()):
            raise SolverError(
                f"None of the {len(vectors)} candidates of {self.name} changes anything inside the region: choose another "
                "region, other layers or more candidates."
            )
        status = proposal.status
        if self.ranked:
            best = order(inside, outside, self.floor)[:k]
            vectors, inside, outside = vectors[best], inside[best], outside[best]
            status += (
                f"; the best of {len(proposal.vectors)} candidates by the region's contrast on the analysed "
                f"image{'s' * (len(code) > 1)}: by their own order {', '.join(str(int(i)) for i in best[:8])}"
                + (", ..." if len(best) > 8 else "")
            )
        else:
            status += "; in the method's own order"
        return task.directions(
            vectors, method=self.name, status=status, inside_rate=inside, outside_rate=outside,
            **({"jacobian": mode} | proposal.found),
        )  # fmt: skip

    def _check_candidates(self, k: int) -> None:
        """Refuse a number of candidates that is none, too few for k, or of no effect."""
        if self.candidates is None:
            return
        if self.candidates < k:
            raise UsageError(
                f"candidates = {self.candidates} is fewer than the {k} directions asked for: give k or more."
            )
        if not self.ranked:
            raise UsageError(
                f"candidates = {self.candidates} has no effect with ranked=False (--unranked), which keeps the method's order: leave "
                "one of the two out."
            )

    def _space_for(self, generator: Generator, code: LatentCode) -> str:
        """The space of the directions: the one asked for, the code's, or the first that applies and moves such a code."""
        if self.space is not None:
            return self.space
        refused: UsageError | LatentError | None = None
        for space in dict.fromkeys([code.space, *generator.spaces]):
            if self.reason_in(generator, space) is not None:
                continue
            try:
                generator.motion(space, self.layers, code.space)
            except (UsageError, LatentError) as error:
                refused = refused or error
            else:
                return space
        raise refused or UsageError(f"{self.name} has no directions for a code of {code.space} here.")


def contrast(inside: Tensor, outside: Tensor) -> Tensor:
    """``d^T A d / d^T B d``, 0 where nothing moves; an outside that does not move counts as rounding of one that does."""
    return inside / outside.clamp_min(1e-12 * float((inside + outside).max()) or 1.0)


def order(inside: Tensor, outside: Tensor, floor: float) -> Tensor:
    """Indices by falling contrast; those below ``floor`` of the greatest inside change after all others."""
    seen = inside >= floor * inside.max()
    figures = contrast(inside, outside)
    return torch.where(seen, figures, figures - figures.max() - 1).argsort(descending=True, stable=True)


def rates_of(
    task: Task, vectors: Vectors, *, memory: int | None = None, progress: Progress | None = None
) -> tuple[Tensor, Tensor, str]:
    """``d^T A d`` and ``d^T B d`` of each row, (c,) float64 on the CPU, as means over values and images; and the mode.

    One forward product per row and image; a few are held at a time.
    """
    parts = [part.flatten().repeat(task.generator.channels) for part in (task.coarse.edit, task.coarse.protect)]
    rates = torch.zeros(len(vectors), 2, dtype=torch.float64)
    mode = ""
    for i, one in enumerate(task.code):
        told = of_one(progress, i, len(task.code))
        operator = jacobian_operator(task.generator, one, task.size, motion=task.motion, memory=memory)
        mode = mode or operator.mode
        for start in range(0, len(vectors), AT_ONCE):
            moved = operator.apply(vectors[start : start + AT_ONCE]).to("cpu", torch.float64).square()
            rates[start : start + AT_ONCE] += torch.stack([moved @ part / part.sum() for part in parts], 1)
            if told is not None:
                told(min(start + AT_ONCE, len(vectors)), len(vectors))
    inside, outside = (rates / len(task.code)).unbind(1)
    return inside, outside, mode

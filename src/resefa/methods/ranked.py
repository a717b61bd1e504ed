"""``Ranked``, the base of methods that propose candidates without the region; the region's contrast then ranks them.

What a person does by eye with SeFa or GANSpace, look through the first twenty for one that moves the mouth, is done here by
figures: ``d^T A d / d^T B d`` (paper, equation 7, without the ridge) from Jacobian products ``J d``. So each method gives its
best direction for the region, and a comparison does not hang on who looked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from statistics import mean
from typing import Any, ClassVar

import torch
from torch import Tensor

from resefa.directions.directions import Directions
from resefa.discovery.arguments import whole_number
from resefa.discovery.findings import Findings
from resefa.discovery.problem import EditSpace, RegionProblem
from resefa.errors import LatentError, SolverError, UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.jacobian.gram_matrices import value_weights
from resefa.latents.code import LatentCode
from resefa.latents.layers import as_layer_text
from resefa.types import Vectors

AT_ONCE = 16
"""The number of JVPs that are in memory at a time."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """Candidates of a method: unit rows (c, n), float64, in the method's order, with a status and fields of the provenance."""

    vectors: Vectors
    status: str
    found: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Ranked(ABC):
    """A method that proposes candidates without the region, which are then ranked by the region's contrast.

    A problem that names no space is solved in its codes' space if the method applies there, else in the first space in which it does.

    Attributes:
        candidates: how many of the method's directions are looked at; at least k. Default MANY, or k where that is more.
        ranked: order them by the region's contrast; False keeps the method's order.
        floor: candidates that change the inside by less than this share of the strongest come last: local, and nobody would
            see them.
        orientation: the meaning of a strength above 0 by the method's definition; empty where the sign is arbitrary.
    """

    candidates: int | None = None
    ranked: bool = True
    floor: float = 0.0
    name: ClassVar[str] = ""
    orientation: ClassVar[str] = ""
    MANY: ClassVar[int] = 20

    @abstractmethod
    def propose(self, problem: RegionProblem, count: int) -> Proposal:
        """About ``count`` candidates for the problem, in the method's order."""

    @abstractmethod
    def reason_in(self, generator: BaseGenerator, space: str) -> str | None:
        """A sentence with the reason why the method finds no directions in this space; None if it does."""

    def reason_not(self, generator: BaseGenerator, space: str | None = None) -> str | None:
        """A sentence with the reason why the method does not apply to this generator or in this space; None if it applies."""
        reasons = [self.reason_in(generator, each) for each in ([space] if space else generator.spaces)]
        return None if None in reasons else reasons[0]

    def find(self, problem: RegionProblem, k: int) -> Directions:
        """The k candidates with the greatest contrast on the problem's images."""
        k = whole_number("k", k)
        self._check_candidates(k)
        problem = problem.with_edit(self.edit_for(problem.generator, problem.code, problem.edit))
        k = problem.checked_k(k)
        proposal = self.propose(problem, max(k, self.candidates or self.MANY) if self.ranked else k)
        vectors = proposal.vectors if self.ranked else proposal.vectors[:k]
        inside, outside, mode = rates_of(problem, vectors)
        if not bool(inside.any()):
            raise SolverError(
                f"None of the {len(vectors)} candidates of {self.name} changes the region; choose a different region, different "
                "layers or more candidates."
            )
        order_said = "in the method's order"
        if self.ranked:
            best = order(inside, outside, self.floor)[:k]
            vectors, inside, outside = vectors[best], inside[best], outside[best]
            order_said = (
                f"the best of {len(proposal.vectors)} candidates by the region's contrast on the analysed "
                f"image{'s' * (len(problem.code) > 1)}, numbers {', '.join(str(int(i)) for i in best[:8])}"
                + (", ... in the method's order" if len(best) > 8 else " in the method's order")
            )
        found = Findings(
            self.name, vectors, (proposal.status, order_said), inside_rate=inside, outside_rate=outside,
            facts={"jacobian": mode} | proposal.found,
        )  # fmt: skip
        return found.directions(problem, k)

    def _check_candidates(self, k: int) -> None:
        """Raise UsageError if ``candidates`` is less than k, or has no effect."""
        if self.candidates is None:
            return
        if self.candidates < k:
            raise UsageError(
                f"{parameter('candidates', self.candidates)} is less than the {k} requested directions; give {k} or more."
            )
        if not self.ranked:
            raise UsageError(
                f"{parameter('candidates', self.candidates)} has no effect with {parameter('ranked', False)}, which keeps the method's order; omit "
                "one of the two."
            )

    def edit_for(self, generator: BaseGenerator, code: LatentCode, edit: EditSpace) -> EditSpace:
        """The edit in the requested space; by default the codes' space, or the first space in which the method moves these codes.

        Raises:
            UsageError, LatentError: why there is none.
        """
        if reason := self.reason_not(generator, edit.space):
            raise UsageError(reason)
        if edit.space is not None:
            return edit
        refused: UsageError | LatentError | None = None
        for space in dict.fromkeys([code.space, *generator.spaces]):
            if self.reason_in(generator, space) is not None:
                continue
            try:
                generator.motion(space, as_layer_text(edit.layers), code.space)
            except (UsageError, LatentError) as error:
                refused = refused or error
            else:
                return replace(edit, space=space)
        raise refused or UsageError(
            f"{self.name} finds no directions for a latent code in {code.space}; choose a different method, or codes in a different space."
        )


def contrast(inside: Tensor, outside: Tensor) -> Tensor:
    """The contrast ``d^T A d / d^T B d``, 0 if nothing changes; the denominator is at least 1e-12 of the largest change."""
    return inside / outside.clamp_min(1e-12 * float((inside + outside).max()) or 1.0)


def order(inside: Tensor, outside: Tensor, floor: float) -> Tensor:
    """Indices by decreasing contrast; candidates with less change inside than ``floor`` of the greatest come last."""
    seen = inside >= floor * inside.max()
    figures = contrast(inside, outside)
    return torch.where(seen, figures, figures - figures.max() - 1).argsort(descending=True, stable=True)


def rates_of(problem: RegionProblem, vectors: Vectors) -> tuple[Tensor, Tensor, str]:
    """The rates ``d^T A d`` and ``d^T B d`` of each row, (c,) float64 on the CPU, means over values and images; and the mode.

    One JVP per row and image; a few are in memory at a time.
    """
    rates = torch.zeros(len(vectors), 2, dtype=torch.float64)
    areas, mode = mean_areas(problem), ""
    for i, (image, pair) in enumerate(zip(problem.images, problem.parts(), strict=True)):
        parts = [value_weights(part, problem.images.shape[0]) for part in pair]
        session = problem.session.part(i, len(problem.code))
        operator = image.operator(session, session.memory_for("all"), strict=session.memory_is_named)
        mode = mode or operator.mode
        for start in range(0, len(vectors), AT_ONCE):
            moved = operator.apply(vectors[start : start + AT_ONCE]).to("cpu", torch.float64).square()
            rates[start : start + AT_ONCE] += torch.stack(
                [moved @ part / area for part, area in zip(parts, areas, strict=True)], 1
            )
            session.report(min(start + AT_ONCE, len(vectors)), len(vectors))
    inside, outside = (rates / len(problem.code)).unbind(1)
    return inside, outside, mode


def mean_areas(problem: RegionProblem) -> tuple[float, float]:
    """The numbers of values that are wanted and unwanted to change, sums of weights, as means over the images."""
    channels = problem.images.shape[0]
    areas = [[float(value_weights(part, channels).sum()) for part in parts] for parts in problem.parts()]
    # Exact, so that images of one area have exactly that mean.
    inside, outside = map(mean, zip(*areas, strict=True))
    return inside, outside

"""Curved edits: the path from a code along a direction on which the rest of the image changes least.

The straight line ``z + alpha d`` (paper, equation 1) leaves the outside unchanged to first order at alpha = 0 alone. The path passes through
one node for each level of change inside. A node is predicted from the nodes before, then corrected: Gauss-Newton steps with exact
gradients reduce the change outside at a fixed change inside (``resefa/paths/correction.py``). A side ends where it reaches the
requested change, where the region changes no more, or where the rules of the straight line end it
(``resefa/editing/strength_search.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.editing.fitting import FittedEdit
from resefa.editing.moves import motions
from resefa.editing.strength import side_for_figures, typical_difference, typical_distance
from resefa.editing.strength_search import FAR, Limits, Preservation
from resefa.metrics.change import Change
from resefa.paths.certificate import PathCertificate, StraightComparison
from resefa.paths.correction import Corrector
from resefa.paths.drift import Drift, DriftAt
from resefa.paths.edit_path import EditPath
from resefa.paths.outside_metric import OutsideMetric
from resefa.paths.path_problem import PathProblem
from resefa.paths.plausibility import Plausibility
from resefa.paths.straight import measured

STALLED = "a longer path changes the region no more"
LONGEST_STEP = 0.25
"""Longest single step of a correction, as a fraction of the typical distance between two samples."""
_CLOSE = 5e-3
"""Relative difference from the largest level within which a side has reached the level."""
_HALVINGS = 2
_FIRST_TRIALS = 12
_ENLARGED = 2.0


@dataclass(eq=False)
class _Side:
    """The nodes of one sign, the origin first."""

    nodes: list[DriftAt]
    reason: str = ""


def follow_path(fitted: FittedEdit, largest_change: float, problem: PathProblem) -> EditPath:
    """The path of one code, both signs.

    Args:
        fitted: the edit of a single code and a single direction, fitted on its image.
        largest_change: mean squared change inside at the ends.
        problem: what is held, and how the path is computed.

    Raises:
        CancelledError, GeneratorError, BudgetError: each says what to do.
    """
    search = _Search(fitted, problem)
    sides = [search.side(sign, largest_change**0.5) for sign in (1, -1)]
    return search.path(sides)


class _Search:
    """The search for both sides of one path."""

    def __init__(self, fitted: FittedEdit, problem: PathProblem) -> None:
        (self.direction,) = fitted.composition.directions
        self.fitted, self.problem = fitted, problem
        self.vector = self.direction.vector.double().cpu()
        base, (motion,) = motions(fitted.generator, fitted.code, [self.direction])
        self.images = problem.images(fitted.generator, base, motion)
        parts = problem.parts(self.direction, self.images)
        self.metric = OutsideMetric.of(self.images, parts[1], problem.session)
        self.drift = Drift(self.images, parts, problem.session)
        lengths = float(motion.lift(self.vector.float()).norm())
        length = typical_distance(fitted.generator, motion) / lengths
        self.limits = Limits(length, typical_difference(fitted.generator))
        plausibility = Plausibility.of(fitted.generator, base, motion)
        self.corrector = Corrector(self.drift, self.metric, plausibility, LONGEST_STEP * length)

    def side(self, sign: int, root: float) -> _Side:
        """Follow one side to a level."""
        origin = DriftAt(torch.zeros_like(self.vector), Change(0.0, 0.0), _nothing, _nothing)
        side = _Side([origin])
        if (first := self._first(sign, root / self.problem.nodes)) is None:
            side.reason = STALLED
            return side
        side.nodes.append(self.corrector.corrected(first, root / self.problem.nodes))
        preservation = Preservation(side.nodes[1].change, self.limits)
        increment = root / self.problem.nodes
        halvings = 0
        while (at := side.nodes[-1]).level < root * (1 - _CLOSE):
            if self._spent():
                side.reason = f"the budget of {self.problem.max_products} JVPs and VJPs is spent"
                break
            level = min(at.level + increment, root)
            found = self._next(side, level, sign)
            reason = self._reason(at, found, level, preservation)
            if not reason:
                side.nodes.append(found)
                increment = min(increment * _ENLARGED, root / self.problem.nodes)
            elif halvings < _HALVINGS:
                increment, halvings = increment / 2, halvings + 1
            else:
                side.reason = reason
                break
            self.problem.session.report(min(round(100 * side.nodes[-1].level / root), 100), 100)
        return side

    def _first(self, sign: int, level: float) -> DriftAt | None:
        """The first node on the straight line, near a level."""
        alpha = min(1.0, self.limits.length)
        best: DriftAt | None = None
        for _ in range(_FIRST_TRIALS):
            found = self.drift.at(sign * alpha * self.vector)
            if found.level > 0 and (best is None or abs(found.level - level) < abs(best.level - level)):
                best = found
            if abs(found.level / level - 1) < 0.2 or (alpha >= self.limits.length and found.level < level):
                break
            alpha = min(alpha * min(max(level / max(found.level, 1e-9), 0.2), 3.0), self.limits.length)
        return best

    def _next(self, side: _Side, level: float, sign: int) -> DriftAt:
        """The node of a level: from the path's continuation, or where that stalls from a step along the direction."""
        at = side.nodes[-1]
        if len(side.nodes) > 2:
            before = side.nodes[-2]
            ahead = (level - at.level) / max(at.level - before.level, 1e-9)
            start = self.drift.at(at.place + min(ahead, 1.0) * (at.place - before.place))
        else:
            start = at
        if abs(start.level - level) > abs(at.level - level):
            start = at
        found = self.corrector.corrected(start, level)
        if found.level > (at.level + level) / 2:
            return found
        length = float(at.place.norm()) * (level - at.level) / at.level
        pushed = self.drift.at(at.place + sign * length * self.vector)
        again = self.corrector.corrected(pushed, level)
        return again if again.level > found.level else found

    def _reason(self, before: DriftAt, found: DriftAt, level: float, preservation: Preservation) -> str:
        """The reason not to accept a node; empty if it is accepted."""
        if found.level < (before.level + level) / 2:
            return STALLED
        if float(found.place.norm()) > self.limits.length:
            return FAR
        return preservation.broken(before.change, found.change)

    def _spent(self) -> bool:
        most = self.problem.max_products
        return most is not None and self.metric.forward + self.metric.reverse + self.drift.products >= most

    def path(self, sides: list[_Side]) -> EditPath:
        """The path of both sides, with changes of pixels measured on the generator's images, and its certificate."""
        up, down = (
            torch.stack([node.place for node in side.nodes[1:]]) if len(side.nodes) > 1 else None for side in sides
        )
        kept: list[tuple[Tensor, list[Change]]] = []
        for places in (up, down):
            if places is None:
                kept.append((self.vector.new_zeros(0, len(self.vector)), []))
                continue
            changes = measured(self.fitted, places)
            self.drift.made += len(places)
            grown = _growing(changes)
            kept.append((places[grown], [changes[i] for i in grown]))
        (above, above_changes), (below, below_changes) = kept
        steps = torch.cat([below.flip(0), torch.zeros(1, len(self.vector), dtype=torch.float64), above])
        changes = [*reversed(below_changes), Change(0.0, 0.0), *above_changes]
        comparisons = [
            self._beside_line(sign, found[-1]) for sign, found in ((-1, below_changes), (1, above_changes)) if found
        ]
        certificate = PathCertificate(
            forward=self.metric.forward,
            reverse=self.metric.reverse + self.drift.products,
            images=self.drift.made,
            jacobians=self.metric.jacobians,
            steps=self.corrector.steps,
            rejected=self.corrector.rejected,
            max_products=self.problem.max_products,
            straight=tuple(comparisons),
        )
        return EditPath(
            steps,
            torch.tensor([one.inside for one in changes], dtype=torch.float64),
            torch.tensor([one.outside for one in changes], dtype=torch.float64),
            len(below),
            (sides[1].reason, sides[0].reason),
            certificate,
        )

    def _beside_line(self, sign: int, end: Change) -> StraightComparison:
        """The end of a side beside the straight line at the same change inside."""
        line = side_for_figures(self.fitted.generator, self.fitted.code, self.direction, end.inside, sign)
        return StraightComparison(sign, end.inside, end.outside, line.change.outside if line.attained else None)


def _growing(changes: list[Change]) -> list[int]:
    """The nodes whose change inside exceeds that of all nodes before."""
    found: list[int] = []
    for i, one in enumerate(changes):
        if one.inside > (changes[found[-1]].inside if found else 0.0):
            found.append(i)
    return found


def _nothing() -> Tensor:
    raise AssertionError("the gradients at the code itself are zero")

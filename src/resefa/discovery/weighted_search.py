"""Searches by products on several images, whose weights in the sums are estimated from the searched subspace."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from torch import Tensor

from resefa.discovery.image_scales import PROBES, ImageTraces
from resefa.discovery.subspaces import cached_subspace
from resefa.errors import UsageError, parameter
from resefa.solvers import MatrixFree, Prepared
from resefa.solvers.certificate import WEIGHT_TOLERANCE
from resefa.solvers.matrix_free import least_products
from resefa.solvers.solution import Solution
from resefa.types import Vectors

if TYPE_CHECKING:
    from resefa.discovery.problem import RegionProblem
    from resefa.solvers.protocol import SearchSolver

COARSE = 0.1
"""Tolerance of the first search, whose subspace gives the weights for the final search."""
_ROUNDS = 4
_AIM = 0.8
"""Fraction of the tolerance at which further probes aim, since the error varies with the probes."""
_MOST_MORE = 4
"""Largest factor by which probes multiply in a round: few probes give a poor estimate of the number needed."""
_IN_SUBSPACE = 1e-6


def weighted_search(problem: RegionProblem, solver: SearchSolver, k: int) -> Solution:
    """The k best directions of several images of equal weight, with the error of the estimated weights in the certificate.

    A coarse search finds the subspace on which most of each image's trace lies, and the final search takes the weights from there. If
    their error still exceeds five times the tolerance, further probes are drawn.

    Raises:
        UsageError: ``max_products`` is too small.
    """
    search = _Search(problem, k, solver)
    if isinstance(solver, Prepared):
        problem.prepared(solver.share)
        traces = search.weighed()
    else:
        traces = search.weighed()
        if isinstance(solver, MatrixFree) and solver.tolerance < COARSE and search.allows(2):
            search.solved(replace(solver, tolerance=COARSE))
            traces = search.weighed()
    left = _ROUNDS
    while True:
        solution = search.solved(solver)
        errors = traces.errors_of_quotients(changes_of(problem, solution.vectors), solver.tau)
        left -= 1
        more = _more(traces, max(errors, default=0.0), solution.certificate.tolerance, problem.dimensions)
        if not more or not left or not search.allows(1, more):
            break
        traces = search.weighed(more)
    certificate = replace(
        solution.certificate, weight_errors=errors, forward=search.forward + search.drawn, reverse=search.reverse
    )
    return replace(solution, certificate=certificate)


def changes_of(problem: RegionProblem, vectors: Vectors) -> Tensor:
    """``J d`` of unit directions, (k, m), all images one below the other; from the searched subspace where they lie in it."""
    with cached_subspace(problem.images, problem.session) as subspace:
        coordinates = vectors @ subspace.basis.T
        if bool((coordinates.norm(dim=1) > 1 - _IN_SUBSPACE).all()):
            return subspace.pushed(coordinates)
        return subspace.pushed_new(vectors)


class _Search:
    """The searches for one solution, with their products."""

    def __init__(self, problem: RegionProblem, k: int, solver: SearchSolver) -> None:
        self.problem, self.k = problem, k
        self.limit = solver.max_products if isinstance(solver, MatrixFree) else None
        self.drawn = self.forward = self.reverse = 0
        least = least_products(k) + PROBES
        if self.limit is not None and self.limit < least:
            raise UsageError(
                f"{parameter('max_products', self.limit)} is too small for k = {k} and several images; give at least {least}."
            )

    def weighed(self, more: int = 0) -> ImageTraces:
        """The traces of the images by the subspace searched so far."""
        traces = self.problem.weigh_images(more)
        self.drawn += traces.drawn
        return traces

    def allows(self, searches: int, more: int = 0) -> bool:
        """Whether ``max_products`` leaves room for so many searches and further probes."""
        return self.limit is None or self._left() >= searches * 2 * least_products(self.k) + more

    def solved(self, solver: SearchSolver) -> Solution:
        """Solve with the current weights and what is left of the products."""
        if isinstance(solver, MatrixFree) and self.limit is not None:
            solver = replace(solver, max_products=self._left())
        solution = solver.search(self.problem, self.k)
        forward, reverse = solution.certificate.forward or 0, solution.certificate.reverse or 0
        if isinstance(solver, Prepared):
            # The same preparation each time.
            self.forward, self.reverse = forward, reverse
        else:
            self.forward, self.reverse = self.forward + forward, self.reverse + reverse
        return solution

    def _left(self) -> int:
        assert self.limit is not None
        return self.limit - self.drawn - self.forward - self.reverse


def _more(traces: ImageTraces, error: float, tolerance: float | None, dimensions: int) -> int:
    """Number of further probes that bring the error within the tolerance."""
    if tolerance is None or error <= WEIGHT_TOLERANCE * tolerance:
        return 0
    wanted = ceil(traces.probes * ((error / (_AIM * WEIGHT_TOLERANCE * tolerance)) ** 2 - 1))
    return min(wanted, _MOST_MORE * traces.probes, dimensions)

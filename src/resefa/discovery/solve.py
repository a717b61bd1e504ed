"""Planning and solving of a region problem, for ReSeFa and for Gram matrices summed over many images."""

from __future__ import annotations

from functools import partial

from resefa.directions.facts import DirectionFacts
from resefa.discovery.consensus import Consensus
from resefa.discovery.findings import Findings
from resefa.discovery.gram_sums import GramSums
from resefa.discovery.image_forms import searched_forms
from resefa.discovery.planner import plan
from resefa.discovery.problem import RegionProblem
from resefa.discovery.subspaces import jacobians_of
from resefa.jacobian.estimate import ProductsEstimate
from resefa.solvers import Auto, Cholesky, MatrixFree, Prepared
from resefa.solvers.matrix_free import expected_products
from resefa.solvers.prepared import GRID
from resefa.solvers.protocol import Solver
from resefa.solvers.solution import Solution
from resefa.solvers.subspace import Subspace

METHOD = "resefa"


def solved(problem: RegionProblem, solver: Solver | Auto, k: int) -> Findings:
    """The k best directions of a problem, found by a solver, with their certificate.

    Raises:
        SolverError, BudgetError, UsageError: each says what to do.
    """
    chosen = plan(problem, solver, k)
    if problem.session.announce is not None:
        problem.before_search = partial(announce_search, problem, chosen.solver, k)
    solution = chosen.solver.solve(problem, k)
    return _findings(problem, solution, (chosen.sentence, problem.note_on_sums))


def solved_sums(problem: RegionProblem, sums: GramSums, tau: float, k: int) -> Findings:
    """The k best directions of a problem from Gram matrices that were summed before."""
    summed = problem.with_sums(sums)
    return _findings(summed, Cholesky(tau=tau).solve(summed, k), (sums.note,))


def announce_search(problem: RegionProblem, solver: Solver, k: int, subspace: Subspace) -> None:
    """Announce the cost of a search by JVPs and VJPs before it begins, unless it continues from an earlier region."""
    operator, images = jacobians_of(subspace)[0], len(problem.code)
    if isinstance(solver, Prepared):
        seconds, each = operator.image_seconds() * images, 2 * GRID**2
        problem.session.say(
            f"The image is prepared for all regions in rounds of {each} products (about {seconds * each:.0f} s), until at most "
            f"{solver.share:g} of its energy is unexplored (five to eight rounds on trained networks, at most "
            f"{-(-problem.dimensions // GRID**2)})."
        )
    elif isinstance(solver, MatrixFree) and not len(subspace):
        m, n = subspace.shape
        expected = min(expected_products(k, n), solver.max_products or 2**62)
        stored = expected // 2 * (8 * n + subspace.dtype.itemsize * m)
        estimate = ProductsEstimate(
            expected,
            operator.chunk_for(expected),
            f"the usual number for {k} directions",
            operator.image_seconds() * expected * images,
            stored + operator.work_for(expected),
        )
        problem.session.say(f"{estimate.sentence()} The whole Jacobian would take {n} products.")


def _transfer(problem: RegionProblem, solution: Solution) -> tuple[DirectionFacts, ...] | None:
    """The transfer of each direction of several images; None of a single image, or where the images are not at hand."""
    images, tau = len(problem.code), solution.certificate.tau
    if images == 1 or tau is None:
        return None
    if problem.forms:
        return Consensus(problem.forms, solution.vectors, tau, problem.normalised).facts()
    if not isinstance(solution.certificate.searched, int) or solution.certificate.solver not in (
        "matrix-free",
        "prepared",
    ):
        return None
    with problem.subspace() as subspace:
        forms = searched_forms(subspace, problem.weights(), images)
        vectors = solution.vectors @ subspace.basis.T
    searched = solution.certificate.outside or 1.0
    return Consensus(forms, vectors, tau, problem.normalised, 1 / searched).facts()


def _findings(problem: RegionProblem, solution: Solution, notes: tuple[str, ...]) -> Findings:
    certificate = solution.certificate
    return Findings(
        METHOD,
        solution.vectors,
        notes,
        of_each=_transfer(problem, solution),
        eigenvalues=solution.eigenvalues,
        inside_rate=solution.inside_rate,
        outside_rate=solution.outside_rate,
        certificate=certificate,
        facts={"solver": certificate.solver, "jacobian": problem.mode, "weighting": problem.weighting},
    )

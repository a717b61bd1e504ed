"""From a generator, codes and a region to a matrix-free solution; the searched subspace is kept for the next region."""

from __future__ import annotations

from resefa.discovery.jacobian_of import Announce
from resefa.discovery.problem import Task
from resefa.discovery.subspaces import kept_subspace
from resefa.generators.protocol import Generator
from resefa.jacobian.estimate import ProductsEstimate
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.memory import memory_budget
from resefa.runtime.progress import Progress
from resefa.solvers.matrix_free import Search, expected_products, solve_matrix_free
from resefa.solvers.solution import Solution
from resefa.solvers.subspace import Subspace


def matrix_free_solution(
    task: Task,
    source: Generator,
    *,
    k: int,
    tau: float,
    tolerance: float,
    products: int | None,
    memory: int | None,
    cache: JacobianCache | None,
    progress: Progress | None,
    announce: Announce | None = None,
) -> tuple[Solution, str]:
    """The solution and how derivatives were taken."""
    budget, code = memory_budget(memory, source.device), task.code
    both = (task.coarse.edit, task.coarse.protect)
    parts = [part.flatten().repeat(source.channels).repeat(len(code)) for part in both]
    search = Search(tolerance=tolerance, max_products=products, memory=budget // 2, progress=progress)
    with kept_subspace(source, code, task.motion, task.size, budget=budget, cache=cache) as known:
        if announce is not None and not len(known):
            announce(_estimate(known, k, products))
        with known.operator.graphs_held(budget // 4):
            solution = solve_matrix_free(known, *parts, k=k, tau=tau, search=search)
    mode = known.operator.operators[0].mode
    return solution, f"{mode}, and reverse mode"


def _estimate(subspace: Subspace, k: int, products: int | None) -> str:
    """What a first search will take, in words."""
    m, n = subspace.shape
    expected = expected_products(k, n)
    expected = expected if products is None else min(expected, products)
    operators = subspace.operator.operators
    first = operators[0]
    kept = expected // 2 * (8 * n + subspace.dtype.itemsize * m)
    sentence = ProductsEstimate(
        expected,
        first.chunk_for(expected),
        f"about what {k} directions usually need",
        first.image_seconds() * expected * len(operators),
        kept + first.work_for(expected),
    ).sentence()
    return f"{sentence} The whole Jacobian would take {n}."

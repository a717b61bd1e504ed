"""An image prepared once for every region: a subspace of the latent space that holds nearly all of its Jacobian.

On p dimensions of n, ``J V`` is to any region what a whole Jacobian is: Gram matrices and an eigenproblem, no product with the network.
"""

from __future__ import annotations

from resefa.discovery.jacobian_of import SHARED_CACHE, Announce, image_key
from resefa.discovery.problem import Task
from resefa.discovery.subspaces import kept_subspace
from resefa.generators.protocol import Generator
from resefa.jacobian.dense import TILE_ROOM
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.memory import memory_budget
from resefa.runtime.progress import Progress
from resefa.solvers.prepared import GRID, Prepared, PreparedSubspace, prepare, solve_prepared
from resefa.solvers.solution import Solution


def prepared_solution(
    task: Task,
    source: Generator,
    *,
    k: int,
    tau: float,
    memory: int | None,
    cache: JacobianCache | None,
    progress: Progress | None,
    announce: Announce | None = None,
) -> tuple[Solution, str]:
    """The solution and how derivatives were taken.

    Raises:
        SolverError: tau is 0, or a part does not change with the code.
    """
    solver, shared = Prepared(tau), SHARED_CACHE if cache is None else cache
    key = f"{image_key(source, task.code, task.size, task.motion).name} prepared {solver.share}"
    prepared = shared.kept(key, lambda: _prepared(task, source, solver.share, memory, cache, progress, announce))
    parts = (
        part.flatten().repeat(source.channels * len(task.code)) for part in (task.coarse.edit, task.coarse.protect)
    )
    return solve_prepared(prepared, *parts, k=k, tau=tau), f"{prepared.jacobians[0].mode}, and reverse mode"


def _prepared(
    task: Task,
    source: Generator,
    share: float,
    memory: int | None,
    cache: JacobianCache | None,
    progress: Progress | None,
    announce: Announce | None,
) -> PreparedSubspace:
    """Grow the images' subspace until no more than ``share`` of their energy lies outside."""
    budget = memory_budget(memory, source.device)
    code, shape = task.code, (source.channels, *task.size)
    n = task.motion.dimensions
    with kept_subspace(source, code, task.motion, task.size, budget=budget, cache=cache) as known:
        operator = known.operator.operators[0]
        if announce is not None:
            # Of one network pass each: a round is a probe and a column for each tile.
            one = operator.image_seconds() * len(code)
            announce(
                f"The image is prepared for every region in rounds of {2 * GRID**2} products, about {one * 2 * GRID**2:.0f} s each, "
                f"until no more than {share:g} of its energy is left (five to eight rounds on trained networks, at most {-(-n // GRID**2)})."
            )
        with known.operator.graphs_held(budget // 4):
            prepared = prepare(
                known, shape, share=share, memory=budget // 2, tile_memory=min(TILE_ROOM, budget // 4), progress=progress,
            )  # fmt: skip
    for image in prepared.jacobians:
        image.mode = operator.mode
    return prepared

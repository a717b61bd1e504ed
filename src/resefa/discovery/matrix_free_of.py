"""From a generator, codes and a region to a matrix-free solution; the searched subspace is kept for the next region."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor

from resefa.discovery.jacobian_of import image_key, jacobian_operator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.operators.jacobian_cache import JacobianCache
from resefa.operators.memory import memory_budget
from resefa.operators.stacked import StackedOperator
from resefa.regions.weights import RegionWeights
from resefa.solvers.matrix_free import Progress, Search, solve_matrix_free
from resefa.solvers.solution import Solution
from resefa.solvers.subspace import Subspace
from resefa.solvers.subspace_file import restore_subspace, save_subspace

KEPT = 2**30
"""Bytes of subspaces that are kept for further regions on their images."""
_SUBSPACES: OrderedDict[str, Subspace] = OrderedDict()


def forget_subspaces() -> None:
    """Let the kept subspaces go."""
    _SUBSPACES.clear()


def matrix_free_solution(
    generator: Generator,
    code: LatentCode,
    motion: Motion,
    size: tuple[int, int],
    weights: RegionWeights,
    *,
    k: int,
    tau: float,
    tolerance: float,
    products: int | None,
    memory: int | None,
    cache: JacobianCache | None,
    progress: Progress | None,
) -> tuple[Solution, Tensor, Tensor, str]:
    """The solution, ``d^T A d`` and ``d^T B d`` of its directions (k,), and how derivatives were taken."""
    budget = memory_budget(memory, generator.device)
    key = image_key(generator, code, size, motion)
    # A cache of the caller's own keeps subspaces where it keeps Jacobians, or not at all.
    known = _SUBSPACES.get(key) if cache is None else None
    path = None if cache is None or cache.folder is None else cache.folder / f"{key}.subspace.safetensors"
    if known is None:
        known = Subspace(
            StackedOperator(
                [jacobian_operator(generator, one, size, motion=motion, memory=budget // 2) for one in code]
            )
        )
        if path is not None:
            restore_subspace(known, path)
    before = len(known)
    parts = [part.flatten().repeat(generator.channels).repeat(len(code)) for part in (weights.edit, weights.protect)]
    search = Search(tolerance=tolerance, products=products, memory=budget // 2)
    try:
        solution, subspace = solve_matrix_free(
            known.operator, *parts, k=k, tau=tau, search=search, subspace=known, progress=progress
        )
    finally:
        # An interrupted search has grown the subspace too: the next one goes on there.
        if cache is None:
            _keep(key, known)
        elif path is not None and len(known) > before:
            save_subspace(known, path)
            cache.trim()
    pushed = subspace.pushed(solution.vectors @ subspace.basis.T).square()
    inside, outside = (pushed @ (part.to("cpu", torch.float64) / float(part.sum())) for part in parts)
    mode = known.operator.operators[0].mode
    return solution, inside, outside, f"{mode}, and reverse mode"


def _keep(key: str, subspace: Subspace) -> None:
    _SUBSPACES[key] = subspace
    _SUBSPACES.move_to_end(key)
    while len(_SUBSPACES) > 1 and sum(kept.nbytes for kept in _SUBSPACES.values()) > KEPT:
        _SUBSPACES.popitem(last=False)

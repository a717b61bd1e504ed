"""The searched subspaces of images, kept for the life of the process or in a cache's folder, also after an interruption."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator

from resefa.discovery.jacobian_of import image_key, jacobian_operator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.operators.jacobian_cache import JacobianCache
from resefa.operators.stacked import StackedOperator
from resefa.solvers.subspace import Subspace
from resefa.solvers.subspace_file import restore_subspace, save_subspace

KEPT = 2**30
"""Bytes of subspaces that are kept for further regions on their images."""
_SUBSPACES: OrderedDict[str, Subspace] = OrderedDict()


def forget_subspaces() -> None:
    """Let the kept subspaces go."""
    _SUBSPACES.clear()


@contextlib.contextmanager
def kept_subspace(
    generator: Generator,
    code: LatentCode,
    motion: Motion,
    size: tuple[int, int],
    *,
    budget: int,
    cache: JacobianCache | None,
) -> Iterator[Subspace]:
    """What is known of these images' Jacobians, one below the other; what the block adds is kept however it ends.

    Args:
        budget: bytes; half of it for tangents in flight.
        cache: of the caller's own: keeps subspaces where it keeps Jacobians, in its folder, or not at all.
    """
    key = image_key(generator, code, size, motion)
    known = _SUBSPACES.get(key) if cache is None else None
    path = None if cache is None or cache.folder is None else cache.folder / f"{key}.subspace.safetensors"
    if known is None:
        operators = [jacobian_operator(generator, one, size, motion=motion, memory=budget // 2) for one in code]
        known = Subspace(StackedOperator(operators))
        if path is not None:
            restore_subspace(known, path)
    before = known.forward + known.reverse
    try:
        yield known
    finally:
        if cache is None:
            _keep(key, known)
        elif path is not None and known.forward + known.reverse > before:
            save_subspace(known, path)
            cache.trim()


def _keep(key: str, subspace: Subspace) -> None:
    _SUBSPACES[key] = subspace
    _SUBSPACES.move_to_end(key)
    while len(_SUBSPACES) > 1 and sum(kept.nbytes for kept in _SUBSPACES.values()) > KEPT:
        _SUBSPACES.popitem(last=False)

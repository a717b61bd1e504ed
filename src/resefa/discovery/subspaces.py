"""Subspaces searched on images, which the session caches for the next region, also after an interruption."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from resefa.discovery.edited_images import EditedImages
from resefa.errors import OutputError, ResefaWarning
from resefa.generators.base import BaseGenerator
from resefa.jacobian.operator import JacobianOperator
from resefa.jacobian.stacked import StackedOperator
from resefa.runtime.jacobian_cache import ImageKey, JacobianCache
from resefa.runtime.session import Session
from resefa.solvers.subspace import Subspace
from resefa.solvers.subspace_file import restore_subspace, save_subspace

_ENDING = ".subspace.safetensors"


@dataclass(frozen=True, eq=False)
class _Cached:
    """A subspace in memory, with the generator whose JVPs and VJPs extend it."""

    generator: BaseGenerator
    subspace: Subspace

    @property
    def nbytes(self) -> int:
        return self.subspace.nbytes


@contextlib.contextmanager
def cached_subspace(images: EditedImages, session: Session) -> Iterator[Subspace]:
    """Context manager: the subspace searched on these images so far; what the block adds is cached however the block ends.

    Raises:
        GeneratorError: the generator makes another image at each call.
    """
    key, cache = images.key(), session.cache
    name = f"{key.name} subspace"
    # Taken out while it grows: another thread begins with an empty subspace.
    cached: _Cached | None = cache.taken(name)
    if cached is not None and cached.generator is images.generator:
        subspace = cached.subspace
        for operator in jacobians_of(subspace):
            operator.before_chunk = session.check_cancelled
    else:
        subspace = Subspace(images.stacked(session))
        if cached is not None:
            # The numbers are right for this generator too; products are taken of it, since the other object may change.
            before = cached.subspace
            subspace.restore(before.basis, before.images, before.forward, before.reverse)
        elif not _restored(subspace, key, cache):
            images.check_repeat(key)
    spent = subspace.forward + subspace.reverse
    try:
        with _stack_of(subspace).graphs_held(session.memory_for("graphs")):
            yield subspace
    finally:
        cache.put(name, _Cached(images.generator, subspace))
        if cache.folder is not None and subspace.forward + subspace.reverse > spent:
            _save(subspace, key, cache)


def jacobians_of(subspace: Subspace) -> tuple[JacobianOperator, ...]:
    """The Jacobian operators, one per image, of a subspace from ``cached_subspace``."""
    return _stack_of(subspace).jacobians


def _stack_of(subspace: Subspace) -> StackedOperator:
    assert isinstance(subspace.operator, StackedOperator)
    return subspace.operator


def _restored(subspace: Subspace, key: ImageKey, cache: JacobianCache) -> bool:
    return any(restore_subspace(subspace, path, key.probe) for path in cache.files(key, _ENDING))


def _save(subspace: Subspace, key: ImageKey, cache: JacobianCache) -> None:
    assert cache.folder is not None
    path = cache.folder / f"{key.name}{_ENDING}"
    try:
        if path.is_symlink():  # another program's link: its target stays untouched
            path.unlink()
        save_subspace(subspace, path, key.probe)
    except (OutputError, OSError) as error:  # the search itself succeeded
        reason = error.message.marked if isinstance(error, OutputError) else str(error)
        warnings.warn(ResefaWarning(f"The searched subspace could not be cached: {reason}"), stacklevel=2)
    cache.trim()

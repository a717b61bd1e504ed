"""Subspaces searched on images, which the session caches for the next region, also after an interruption."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from resefa.discovery.edited_images import EditedImages
from resefa.discovery.image_scales import PROBES, ImageTraces, Rows, TraceProbes
from resefa.errors import OutputError, ResefaWarning
from resefa.generators.base import BaseGenerator
from resefa.jacobian.operator import JacobianOperator
from resefa.jacobian.stacked import StackedOperator
from resefa.runtime.jacobian_cache import ImageKey, JacobianCache
from resefa.runtime.session import Session
from resefa.solvers.prepared import PreparedSubspace, prepare
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


@dataclass(frozen=True, eq=False)
class PreparedImages:
    """The prepared subspace of images, as the cache stores it, and the mode of differentiation."""

    subspace: PreparedSubspace
    mode: str

    @property
    def nbytes(self) -> int:
        return self.subspace.nbytes


def prepared_images(
    images: EditedImages, session: Session, share: float, opened: Callable[[], AbstractContextManager[Subspace]]
) -> PreparedImages:
    """A subspace outside of which lies no more than ``share`` of the images' energy; cached for every region.

    Args:
        opened: opens the subspace searched on these images so far.
    """

    def prepare_now() -> PreparedImages:
        memory_for = session.memory_for
        with opened() as subspace:
            found = prepare(
                subspace, images.shape, share=share, memory=memory_for("subspace"), tile_memory=memory_for("tiles"),
                progress=session.report,
            )  # fmt: skip
        return PreparedImages(found, searched_by(subspace))

    return session.cache.kept(f"{images.key().name} prepared {share}", prepare_now)


def image_traces(images: EditedImages, session: Session, rows: Rows, more: int = 0) -> ImageTraces:
    """The traces of the Gram matrices of each image, from the searched subspace and random vectors, which the cache keeps for other regions.

    Args:
        rows: for each image the weights inside and outside of its output values.
        more: how many further JVPs of each image to take.
    """
    name = f"{images.key().name} trace probes"
    with cached_subspace(images, session) as subspace:
        probes: TraceProbes = session.cache.taken(name) or TraceProbes()
        if drawn := more + max(PROBES - len(probes), 0):
            probes.draw(subspace, drawn)
        traces = replace(probes.estimate(subspace, rows), drawn=drawn)
        session.cache.put(name, probes)
    return traces


def searched_by(subspace: Subspace) -> str:
    """The mode of differentiation of a search, for the result's facts."""
    return f"{jacobians_of(subspace)[0].mode}, and reverse mode"


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

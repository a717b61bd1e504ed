"""The searched subspaces of images, kept for the life of the process or in a cache's folder, also after an interruption."""

from __future__ import annotations

import contextlib
import warnings
from collections import OrderedDict
from collections.abc import Iterator

from resefa.discovery.jacobian_of import check_images_repeat, image_key, jacobian_operator
from resefa.errors import OutputError, ResefaWarning
from resefa.generators.protocol import Generator
from resefa.jacobian.stacked import StackedOperator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.runtime.jacobian_cache import ImageKey, JacobianCache
from resefa.solvers.subspace import Subspace
from resefa.solvers.subspace_file import restore_subspace, save_subspace

KEPT = 2**30
"""Bytes of subspaces that are kept for further regions on their images."""
_ENDING = ".subspace.safetensors"
_SUBSPACES: OrderedDict[str, tuple[Generator, Subspace]] = OrderedDict()


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

    Raises:
        GeneratorError: the generator makes another image at each call.
    """
    key = image_key(generator, code, size, motion)
    # Taken out while it grows: another thread begins with its own.
    maker, known = _SUBSPACES.pop(key.name, (None, None)) if cache is None else (None, None)
    if known is None or maker is not generator:
        # What another object found is right here, but that object may change: products are taken of this one.
        operators = [jacobian_operator(generator, one, size, motion=motion, memory=budget // 2) for one in code]
        found, known = known, Subspace(StackedOperator(operators))
        if found is not None:
            known.restore(found.basis, found.images, found.forward, found.reverse)
        elif cache is None or not _restored(known, key, cache):
            check_images_repeat(generator, code, size, motion, key)
    before = known.forward + known.reverse
    try:
        yield known
    finally:
        if cache is None:
            _keep(key.name, generator, known)
        elif cache.folder is not None and known.forward + known.reverse > before:
            path = cache.folder / f"{key.name}{_ENDING}"
            try:
                if path.is_symlink():  # whatever it leads to is not ours
                    path.unlink()
                save_subspace(known, path, key.probe)
            except (OutputError, OSError) as error:  # what was found is found all the same
                warnings.warn(f"The search was not cached: {error}", ResefaWarning, stacklevel=2)
            cache.trim()


def _restored(known: Subspace, key: ImageKey, cache: JacobianCache) -> bool:
    return any(restore_subspace(known, path, key.probe) for path in cache.files(key, _ENDING))


def _keep(name: str, generator: Generator, subspace: Subspace) -> None:
    _SUBSPACES[name] = (generator, subspace)
    _SUBSPACES.move_to_end(name)
    while len(_SUBSPACES) > 1 and sum(kept.nbytes for _, kept in _SUBSPACES.values()) > KEPT:
        _SUBSPACES.popitem(last=False)

"""From a generator and one code to its kept Jacobian."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict

import torch

from resefa.errors import BudgetError, UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.operators.column_file import ColumnFile
from resefa.operators.image_jacobian import TILE_ROOM, ImageJacobian
from resefa.operators.jacobian import JacobianOperator, Progress
from resefa.operators.jacobian_cache import JacobianCache, jacobian_key
from resefa.operators.memory import in_gib, memory_budget
from resefa.pooling import area_average
from resefa.tensor_types import Image, Latent

Announce = Callable[[str], None]
SHARED_CACHE = JacobianCache()
"""Kept for the life of the process: a second region on the same image finds its Jacobian here."""


def jacobian_operator(
    generator: Generator,
    code: LatentCode,
    size: tuple[int, int] | None = None,
    *,
    motion: Motion | None = None,
    memory: int | None = None,
    chunk: int | None = None,
    mode: str | None = None,
) -> JacobianOperator:
    """The operator J of one code (paper, equation 4), at the analysis size (rows, columns); default the image's.

    Derivatives are those of the edit itself: of ``G(code + lift(d))`` by d, over the motion's space and layers.
    """
    motion = motion or generator.motion(code_space=code.space)
    base = generator.convert(code, motion.target.name).values.to(generator.device, generator.dtype)
    if len(base) != 1:
        raise UsageError(f"{len(base)} codes came where one was expected: a Jacobian belongs to one image.")
    size = size or generator.resolution
    start = base if motion.source is None else base.new_zeros(1, motion.dimensions)

    def image(d: Latent) -> Image:
        if motion.source is None:
            return area_average(generator.render(d, motion.target.name), size)
        return area_average(generator.render_moved(base, motion, d), size)

    return JacobianOperator(image, start, memory=memory, chunk=chunk, mode=mode, most=generator.batch)


def image_key(
    generator: Generator, code: LatentCode, size: tuple[int, int], motion: Motion, stored: torch.dtype | None = None
) -> str:
    """What the derivatives of these images belong to: generator, conditions, codes, edit, analysis size, precision."""
    where = json.dumps([code.space, motion.space, motion.layers, motion.target.name, asdict(generator.conditions)])
    return jacobian_key(generator.fingerprint, where, code.values, size, stored or generator.dtype)


def image_jacobian(
    generator: Generator,
    code: LatentCode,
    size: tuple[int, int],
    *,
    motion: Motion | None = None,
    memory: int | None = None,
    cache: JacobianCache | None = None,
    progress: Progress | None = None,
    stored: torch.dtype | None = None,
    announce: Announce | None = None,
) -> ImageJacobian:
    """The dense Jacobian of one image, from the cache where it is known.

    Args:
        stored: precision in which its columns are kept; default the generator's own. With float16 they take half the
            room and are rounded to 3 digits, which moves directions by far less than the ridge does (docs/performance.md).
        announce: told in a sentence, before the work starts, what it will take.

    Raises:
        BudgetError: it does not fit the memory.
        GeneratorError: the generator cannot be differentiated there.
    """
    motion = motion or generator.motion(code_space=code.space)
    cache = SHARED_CACHE if cache is None else cache
    n, shape = motion.dimensions, (generator.channels, *size)
    stored = stored or generator.dtype
    needed = math.prod(shape) * n * stored.itemsize
    budget = memory_budget(memory, generator.device)
    # Columns in a file are the system's to hold or to let go.
    left = budget if cache.folder is not None else budget - needed

    def compute(file: ColumnFile | None) -> ImageJacobian:
        if file is None and left <= 0:
            raise BudgetError(
                f"The Jacobian at {size[0]} x {size[1]} needs {in_gib(needed)} and the budget is {in_gib(budget)}: give more "
                "with --memory, a folder for it with --keep, a lower --analysis-resolution, or fewer --layers."
            )
        done = 0 if file is None else file.state.done
        begun = file.state if file is not None and done else None
        mode, chunk = begun and begun.mode, begun and begun.chunk
        rows = file.rows if file is not None else torch.empty(n, math.prod(shape), dtype=stored, device=generator.device)
        for start, part in motion.parts():
            stop = start + part.dimensions
            if stop <= done:
                continue
            operator = jacobian_operator(
                generator, code, size, motion=part, memory=left if memory is not None else None, chunk=chunk, mode=mode
            )
            if chunk is None:
                chunk = operator.chunk_for(part.dimensions)
            if announce is not None and start <= done:
                announce(operator.estimate(n, done=done).sentence(in_file=file is not None))

            def noted(count: int, start: int = start, operator: JacobianOperator = operator, chunk: int = chunk) -> None:
                if file is not None:
                    file.note(start + count, chunk, operator.mode)
                if progress is not None:
                    progress(start + count, n)

            operator.dense(into=rows[start:stop], done=max(0, done - start), noted=noted)
            mode = operator.mode
        return ImageJacobian(rows.T, shape, mode or "", room=min(TILE_ROOM, left))

    room = max(0, min(TILE_ROOM, left))
    return cache.get(image_key(generator, code, size, motion, stored), n, shape, stored, compute, room)

"""From a generator and one code to its kept Jacobian."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

from resefa.errors import UsageError
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

    return JacobianOperator(image, start, memory=memory, chunk=chunk, mode=mode)


def image_key(generator: Generator, code: LatentCode, size: tuple[int, int], motion: Motion) -> str:
    """What the derivatives of these images belong to: generator, conditions, codes, edit, analysis size, precision."""
    where = json.dumps([code.space, motion.space, motion.layers, motion.target.name, asdict(generator.conditions)])
    return jacobian_key(generator.fingerprint, where, code.values, size, generator.dtype)


def image_jacobian(
    generator: Generator,
    code: LatentCode,
    size: tuple[int, int],
    *,
    motion: Motion | None = None,
    memory: int | None = None,
    cache: JacobianCache | None = None,
    progress: Progress | None = None,
) -> ImageJacobian:
    """The dense Jacobian of one image, from the cache where it is known.

    Raises:
        UsageError: it does not fit the memory budget.
        GeneratorError: the generator cannot be differentiated there.
    """
    motion = motion or generator.motion(code_space=code.space)
    cache = SHARED_CACHE if cache is None else cache
    n, shape = motion.dimensions, (generator.channels, *size)
    needed = math.prod(shape) * n * generator.dtype.itemsize
    budget = memory_budget(memory, generator.device)
    if cache.folder is None and needed >= budget:
        raise UsageError(
            f"The Jacobian at {size[0]} x {size[1]} needs {in_gib(needed)} and the budget is {in_gib(budget)}: give more "
            "with --memory, a folder for it with --keep, a lower --analysis-resolution, or fewer --layers."
        )
    # Columns in a file are the system's to hold or to let go.
    left = budget if cache.folder is not None else budget - needed

    def compute(file: ColumnFile | None) -> ImageJacobian:
        begun = file.state if file is not None and file.state.done else None
        operator = jacobian_operator(
            generator, code, size, motion=motion, memory=left if memory is not None else None, chunk=begun and begun.chunk,
            mode=begun and begun.mode,
        )  # fmt: skip
        if file is None:
            return ImageJacobian(operator.dense(progress), shape, operator.mode, room=min(TILE_ROOM, left))
        chunk = operator.chunk_for(n)
        matrix = operator.dense(
            progress, into=file.rows, done=file.state.done, noted=lambda done: file.note(done, chunk, operator.mode)
        )
        return ImageJacobian(matrix, shape, operator.mode, room=min(TILE_ROOM, left))

    return cache.get(image_key(generator, code, size, motion), n, shape, generator.dtype, compute)

"""From a generator and one code to its kept Jacobian."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace

import torch
from torch import Tensor

from resefa.area_average import area_average
from resefa.errors import BudgetError, UsageError
from resefa.generators.protocol import Generator
from resefa.jacobian.dense import TILE_ROOM, ImageJacobian
from resefa.jacobian.operator import JacobianOperator, check_range
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.runtime.image_probe import ImageFunction, check_repeats, joined, probe_of
from resefa.runtime.jacobian_cache import ImageKey, JacobianCache, JacobianForm, image_facts
from resefa.runtime.jacobian_file import ColumnFile
from resefa.runtime.memory import in_words, memory_budget
from resefa.runtime.progress import Progress
from resefa.types import Image, Latent

Announce = Callable[[str], None]
SHARED_CACHE = JacobianCache()
"""Kept for the life of the process: a second region on the same image finds its Jacobian here."""


def image_function(
    generator: Generator, code: LatentCode, size: tuple[int, int] | None = None, motion: Motion | None = None
) -> tuple[ImageFunction, Latent]:
    """The images of an edit, (b, n) -> (b, c, h, w) at the analysis size, and the point (1, n) that stands for no edit."""
    motion = motion or generator.motion(code_space=code.space)
    base = generator.convert(code, motion.target.name).values.to(generator.device, generator.dtype)
    if len(base) != 1:
        raise UsageError(f"Got {len(base)} codes, expected one: a Jacobian belongs to a single image.")
    size = size or generator.resolution
    start = base if motion.source is None else base.new_zeros(1, motion.dimensions)

    def image(d: Latent) -> Image:
        if motion.source is None:
            return area_average(generator.render(d, motion.target.name), size)
        return area_average(generator.render_moved(base, motion, d), size)

    return image, start


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
    function, start = image_function(generator, code, size, motion)
    return JacobianOperator(function, start, memory=memory, chunk=chunk, mode=mode, most=generator.batch)


def image_key(
    generator: Generator, code: LatentCode, size: tuple[int, int], motion: Motion, stored: torch.dtype | None = None
) -> ImageKey:
    """What the derivatives of these images belong to: generator, conditions, codes, edit, analysis size, precision.

    It takes a pass through the generator for each image: attributes of a network are too many to list, and any of them may
    have been changed since the last Jacobian.
    """
    where = json.dumps([code.space, motion.space, motion.layers, motion.target.name, asdict(generator.conditions)])
    facts = image_facts(generator.fingerprint, where, code.values, size, stored or generator.dtype)
    return ImageKey(facts, joined([probe_of(*image_function(generator, one, size, motion)) for one in code]))


def check_images_repeat(
    generator: Generator, code: LatentCode, size: tuple[int, int], motion: Motion, key: ImageKey
) -> None:
    """Refuse a generator whose image of the first code changes from call to call, or with its batch.

    Raises:
        GeneratorError: it does.
    """
    first = next(iter(code))
    function, point = image_function(generator, first, size, motion)
    values = generator.channels * math.prod(size)
    check_repeats(function, point, replace(key.probe, image=key.probe.image[:values]), generator.name, generator.batch)


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

    key = image_key(generator, code, size, motion, stored)

    def compute(file: ColumnFile | None) -> ImageJacobian | None:
        check_images_repeat(generator, code, size, motion, key)
        if file is None and left <= 0:
            raise BudgetError(
                f"The Jacobian at {size[0]} x {size[1]} takes {in_words(needed)} and the memory budget is {in_words(budget)}: give more "
                "with --memory, a folder for it with --keep, a lower --analysis-resolution, or fewer --layers."
            )
        done = 0 if file is None else file.done
        begun = file.layout if file is not None and done else None
        mode, chunk = begun and begun.mode, begun and begun.chunk
        # With a file its rows are the result.
        rows = torch.empty(0 if file else n, math.prod(shape), dtype=stored, device=generator.device)
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

            def take(
                first: int,
                last: int,
                products: Tensor,
                start: int = start,
                operator: JacobianOperator = operator,
                chunk: int = chunk,
            ) -> None:
                columns = products.to(stored)
                if columns.dtype != products.dtype:
                    check_range(columns)
                if file is not None:
                    file.add(columns, operator.mode, chunk)
                else:
                    rows[start + first : start + last] = columns
                if progress is not None:
                    progress(start + last, n)

            operator.sweep(take, done=max(0, done - start))
            mode = operator.mode
        return None if file is not None else ImageJacobian(rows.T, shape, mode or "", room=min(TILE_ROOM, left))

    def waiting() -> None:
        if announce is not None:
            announce(f"Another process is computing this Jacobian in {cache.folder}: waiting for it.")

    room = max(0, min(TILE_ROOM, left))

    def build(rows: Tensor, image_shape: tuple[int, int, int], mode: str) -> ImageJacobian:
        return ImageJacobian(rows.T, image_shape, mode, room=room)

    return cache.get(key, JacobianForm(n, shape, stored), compute, build, waiting)

"""From a generator and one code to its kept Jacobian."""

from __future__ import annotations

import json
from dataclasses import asdict

import torch

from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.operators.image_jacobian import ImageJacobian
from resefa.operators.jacobian import JacobianOperator, Progress
from resefa.operators.jacobian_cache import JacobianCache, jacobian_key
from resefa.operators.memory import memory_budget
from resefa.pooling import area_average

SHARED_CACHE = JacobianCache()
"""Kept for the life of the process: a second region on the same image finds its Jacobian here."""


def jacobian_operator(
    generator: Generator,
    code: LatentCode,
    size: tuple[int, int] | None = None,
    *,
    motion: Motion | None = None,
    memory: int | None = None,
) -> JacobianOperator:
    """The operator J of one code (paper, equation 4), at the analysis size (rows, columns); default the image's.

    Derivatives are those of the edit itself: of ``G(code + lift(d))`` by d, over the motion's space and layers.
    """
    motion = motion or generator.motion(code_space=code.space)
    base = generator.convert(code, motion.target.name).values.to(generator.device, generator.dtype)
    if len(base) != 1:
        raise UsageError(f"{len(base)} codes came where one was expected: a Jacobian belongs to one image.")
    size = size or generator.resolution
    if motion.source is None:
        return JacobianOperator(
            lambda z: area_average(generator.render(z, motion.target.name), size), base, memory=memory
        )
    start = base.new_zeros(1, motion.dimensions)
    return JacobianOperator(lambda d: area_average(generator.render_moved(base, motion, d), size), start, memory=memory)


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
    n = motion.dimensions
    needed = generator.channels * size[0] * size[1] * n * torch.finfo(generator.dtype).bits // 8
    budget = memory_budget(memory, generator.device)
    if needed > budget:
        raise UsageError(
            f"The Jacobian at {size[0]} x {size[1]} needs {needed / 2**30:.1f} GiB and the budget is {budget / 2**30:.1f}: "
            "give more with --memory, a lower --analysis-resolution, or fewer --layers."
        )

    def compute() -> ImageJacobian:
        operator = jacobian_operator(generator, code, size, motion=motion, memory=memory)
        shape = (generator.channels, *size)
        return ImageJacobian(operator.dense(progress), shape, operator.mode)

    where = json.dumps([code.space, motion.space, motion.layers, motion.target.name, asdict(generator.conditions)])
    key = jacobian_key(generator.fingerprint, where, code.values, size, generator.dtype)
    return (SHARED_CACHE if cache is None else cache).get(key, compute)

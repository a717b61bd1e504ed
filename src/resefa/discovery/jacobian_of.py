"""From a generator and one code to its kept Jacobian."""

from __future__ import annotations

import torch

from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.operators.image_jacobian import ImageJacobian
from resefa.operators.jacobian import JacobianOperator, Progress
from resefa.operators.jacobian_cache import JacobianCache, jacobian_key
from resefa.operators.memory import memory_budget
from resefa.pooling import area_average

SHARED_CACHE = JacobianCache()
"""Kept for the life of the process: a second region on the same image finds its Jacobian here."""


def jacobian_operator(
    generator: Generator, code: LatentCode, size: tuple[int, int] | None = None, *, memory: int | None = None
) -> JacobianOperator:
    """The operator J of one code (paper, equation 4), at the analysis size (rows, columns); default the image's."""
    where = generator.spaces[code.space]
    values = where.checked(code, generator.name).values.to(generator.device, generator.dtype)
    if len(values) != 1:
        raise UsageError(f"{len(values)} codes came where one was expected: a Jacobian belongs to one image.")
    size = size or generator.resolution
    return JacobianOperator(lambda z: area_average(generator.render(z, code.space), size), values, memory=memory)


def image_jacobian(
    generator: Generator,
    code: LatentCode,
    size: tuple[int, int],
    *,
    memory: int | None = None,
    cache: JacobianCache | None = None,
    progress: Progress | None = None,
) -> ImageJacobian:
    """The dense Jacobian of one image, from the cache where it is known.

    Raises:
        UsageError: it does not fit the memory budget.
        GeneratorError: the generator cannot be differentiated there.
    """
    n = generator.spaces[code.space].dimensions
    needed = generator.channels * size[0] * size[1] * n * torch.finfo(generator.dtype).bits // 8
    budget = memory_budget(memory, generator.device)
    if needed > budget:
        raise UsageError(
            f"The Jacobian at {size[0]} x {size[1]} needs {needed / 2**30:.1f} GiB and the budget is {budget / 2**30:.1f}: "
            "give more with --memory, or a lower --analysis-resolution."
        )

    def compute() -> ImageJacobian:
        operator = jacobian_operator(generator, code, size, memory=memory)
        shape = (generator.channels, *size)
        return ImageJacobian(operator.dense(progress), shape, operator.mode)

    key = jacobian_key(generator.fingerprint, code.space, code.values, size, generator.dtype)
    return (SHARED_CACHE if cache is None else cache).get(key, compute)

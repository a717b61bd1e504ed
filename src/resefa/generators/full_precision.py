"""Float32 copies of half-precision generators, since rounding to 3 digits gives Jacobians with errors of 10 %."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import Tensor, nn

from resefa.errors import GeneratorError
from resefa.generators.base import BaseGenerator
from resefa.generators.completed import CompletedGenerator, as_generator
from resefa.generators.protocol import Generator
from resefa.latents.seeds import standard_normal

HALF = (torch.float16, torch.bfloat16)
_G = TypeVar("_G", bound=Generator)


def with_derivatives(generator: BaseGenerator) -> BaseGenerator:
    """The generator itself, or, of a generator in float16 or bfloat16, a copy whose weights are the same numbers in float32.

    Each call copies anew, since the weights may have changed in between.

    Raises:
        GeneratorError: the generator is a function that computes in half precision only.
    """
    if generator.dtype not in HALF:
        return generator
    if isinstance(generator, CompletedGenerator):
        return as_generator(_in_float32(generator.core))
    return _in_float32(generator)


def _in_float32(generator: _G) -> _G:
    other = copy.copy(generator)
    where = next(iter(generator.spaces.values()))
    values, _ = standard_normal(0, where.dimensions)
    try:
        for name, value in vars(generator).items():
            if isinstance(value, nn.Module):
                setattr(other, name, copy.deepcopy(value).to(dtype=torch.float32))
            elif isinstance(value, Tensor) and value.is_floating_point():
                setattr(other, name, value.float())
        # The protocol only reads ``dtype``; a class that cannot be written to is refused below.
        other.dtype = torch.float32  # pyright: ignore[reportAttributeAccessIssue]
        with torch.no_grad():
            images = other.render(values.to(generator.device, torch.float32), where.name)
        reason = f"it returns {str(images.dtype)[6:]} for a latent code in float32"
    except (RuntimeError, TypeError, ValueError, NotImplementedError, AttributeError) as error:
        images, reason = None, (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
    if images is None or images.dtype != torch.float32:
        half = str(generator.dtype)[6:]
        raise GeneratorError(
            f"{generator.name} computes in {half} only ({reason}), which is too coarse for derivatives; load or wrap "
            "the generator in float32."
        )
    return other

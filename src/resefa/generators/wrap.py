"""``resefa.wrap``: any differentiable module or callable as a generator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from operator import index
from os import PathLike
from typing import Any

import torch
from torch import Tensor, nn

from resefa.errors import GeneratorError, LatentError, parameter, printable
from resefa.generators.base import BaseGenerator
from resefa.generators.fingerprint import tensors_fingerprint
from resefa.generators.output_range import checked_range
from resefa.generators.wrapped import WrappedGenerator, reason_of
from resefa.regions.image_parts import Segmenter
from resefa.regions.presets import NO_FAMILY, checked_presets
from resefa.runtime.devices import device_of, dtype_of
from resefa.runtime.out_of_memory import check_batch, is_out_of_memory


def wrap(
    module: nn.Module | Callable[[Tensor], Tensor],
    latent_shape: Sequence[int] | int,
    output_range: tuple[float, float] = (-1.0, 1.0),
    *,
    name: str | None = None,
    presets: str = NO_FAMILY,
    space: str = "Z",
    device: torch.device | str | None = None,
    dtype: torch.dtype | str | None = None,
    batch: int | None = None,
    segmenter: Segmenter | None = None,
) -> WrappedGenerator:
    """Make a generator from any differentiable module or callable.

    Args:
        module: takes (b, *latent_shape), returns images (b, 3 or 1, h, w). A module is set to evaluation mode; its weights stay
            unchanged, since another device or dtype uses a copy. A callable must be differentiable by torch, and each image may
            depend on one row of the batch only.
        latent_shape: shape of one code without the batch, for example (100,), (512,) or (100, 1, 1).
        output_range: the values that mean black and white.
        name: for results; default: the name of the class or function.
        presets: family of region presets that fits the images, such as ``"ffhq"``; default: none.
        space: name of the latent space.
        device, dtype: default: those of a module's weights, else the CPU and float32.
        batch: the most images or derivatives in one pass; default: chosen from the memory.
        segmenter: labels the pixels of the images with their parts, for regions such as ``part:mouth`` (``resefa.segmenters``).

    Raises:
        GeneratorError: the module fails on a trial batch, or returns something else than images, NaN, or another image at each
            call; output_range is not a pair of numbers, or far from the values.
        LatentError: latent_shape is not a shape.
        RegionError: unknown presets, or a segmenter that lacks a member.
        UsageError: unknown device or dtype.

    Warns:
        ResefaWarning: the values suggest another output_range.
    """
    shape, ends, most = shape_of_code(latent_shape), checked_range(output_range), check_batch(batch)
    _check_module(module)
    place_of, precision_of = device_of(device), dtype_of(dtype)
    title = str(name or getattr(module, "__name__", None) or type(module).__name__)
    weights, place, precision = "", torch.device("cpu"), torch.float32
    if isinstance(module, nn.Module):
        tensors = dict(module.state_dict())
        first = next((t for t in tensors.values() if t.is_floating_point()), None)
        if first is not None:
            weights, place, precision = tensors_fingerprint(tensors), first.device, first.dtype
        # An exported graph has no modes: it is what it was when it was exported.
        if not isinstance(module, torch.fx.GraphModule):
            module.eval()
        if device is not None or dtype is not None:
            module = _moved(module, None if device is None else place_of, None if dtype is None else precision_of)
    generator = WrappedGenerator(
        module,
        shape,
        ends,
        name=title,
        weights=weights,
        presets=checked_presets(presets),
        device=place if device is None else place_of,
        dtype=precision if dtype is None else precision_of,
        space=space,
    )
    generator.batch = most
    generator.segmenter = segmenter
    return generator


def shape_of_code(latent_shape: Sequence[int] | int) -> tuple[int, ...]:
    """A shape as a tuple of integers, from one number or several.

    Raises:
        LatentError: another value.
    """
    given: Any = (
        latent_shape if isinstance(latent_shape, Iterable) and not isinstance(latent_shape, str) else (latent_shape,)
    )
    try:
        shape = tuple(index(size) for size in given)
    except TypeError:
        shape = ()
    if not shape or min(shape) < 1:
        raise LatentError(
            f"{parameter('latent_shape', latent_shape)} is not a shape; give the shape of one code without the batch, for example 512 or "
            "(100, 1, 1)."
        )
    return shape


def _moved(module: nn.Module, device: torch.device | None, dtype: torch.dtype | None) -> nn.Module:
    """The module on a device and in a precision: a copy if that changes anything, so that the caller's stays as it is.

    Raises:
        GeneratorError: the module cannot be copied.
    """
    floats = [tensor for tensor in module.state_dict().values() if tensor.is_floating_point()]
    if all(device in (None, tensor.device) and dtype in (None, tensor.dtype) for tensor in floats):
        return module
    try:
        copied = deepcopy(module)
    except Exception as error:  # modules may hold anything
        if is_out_of_memory(error):
            raise
        raise GeneratorError(
            f"{type(module).__name__} cannot be copied to another device or dtype ({reason_of(error)}); move it yourself with "
            "module.to(...), and omit device and dtype."
        ) from error
    return copied.to(device=device, dtype=dtype)


def _check_module(module: Any) -> None:
    """Refuse a value that is not a module or a callable.

    Raises:
        GeneratorError: with the remedy.
    """
    kind = type(module).__name__
    if isinstance(module, BaseGenerator):
        raise GeneratorError(f"{module.name} is already a generator; use it without wrap.")
    if isinstance(module, type):
        raise GeneratorError(f"{module.__name__} is a class; give an instance, as in wrap({module.__name__}(), ...).")
    if isinstance(module, (str, PathLike)):
        raise GeneratorError(
            f"wrap takes a module, but {printable(repr(str(module)), 80)} is a path or a name; use resefa.load."
        )
    if isinstance(module, Mapping):
        raise GeneratorError(
            f"wrap takes a module, not a {kind} such as a state dict; build the network, load the state dict into it and wrap the "
            "network, or give the file to resefa.load."
        )
    if not callable(module):
        raise GeneratorError(f"wrap takes a torch.nn.Module or a callable, not {kind}.")

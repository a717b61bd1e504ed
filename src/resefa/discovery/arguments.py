"""Validation of the arguments of discovery: each is converted to one type, or refused with a message that names the parameter."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from resefa.errors import LatentError, UsageError, parameter, printable
from resefa.generators.completed import as_generator
from resefa.generators.load import dtype_of
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.layers import as_layer_text
from resefa.latents.seeds import checked_seeds
from resefa.latents.space import given_code
from resefa.runtime.jacobian_cache import JacobianCache

_UNITS = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
_LEAST_MEMORY = 2**16
"""Bytes below which no network can run, so that the user must have meant a different unit."""


checked_generator = as_generator


def checked_code(code: object, generator: Generator) -> LatentCode:
    """The argument ``code`` as latent codes of this generator, from a LatentCode or an array of numbers.

    Raises:
        LatentError: another type, such as a seed; or codes of a space or size that the generator does not have.
    """
    elements = list(code) if isinstance(code, list | tuple | range) else []
    if isinstance(code, Integral) or (elements and all(isinstance(each, Integral) for each in elements)):
        shown = code if isinstance(code, Integral) else elements[:4]
        raise LatentError(
            f"{parameter('code')} is {shown!r}, which looks like a seed; expected latent codes, for example generator.sample({shown!r})."
        )
    if isinstance(code, Generator | nn.Module):
        raise LatentError(
            f"{parameter('code')} is a generator; expected the arguments in the order generator, code, region."
        )
    if code is None or isinstance(code, str):
        raise LatentError(
            f"{parameter('code')} is {_kind(code)}; expected latent codes, for example generator.sample(seed), or an array (codes, dimensions)."
        )
    found = given_code(code, generator)
    if found.space in generator.spaces:
        generator.spaces[found.space].checked(found, generator.name)
    return found


def whole_number(name: str, value: object, least: int = 1) -> int:
    """The value as an integer of at least ``least``; UsageError for a boolean, a fraction, text or a smaller number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral) or value < least:
        raise UsageError(f"{parameter(name)} is {_shown(value)}; give a whole number, {least} or more.")
    return int(value)


def number(name: str, value: object, allowed: str, within: Callable[[float], bool]) -> float:
    """The value as a float; UsageError unless it is finite and ``within`` accepts it. ``allowed`` describes the accepted numbers."""
    if isinstance(value, Tensor | np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real) or not within(float(value)):
        raise UsageError(f"{parameter(name)} is {_shown(value)}; give {allowed}.")
    return float(value)


def memory_bytes(value: object, unit: str = "bytes") -> int:
    """Bytes, from a number of ``unit`` or from text with a unit: ``2GB``, ``1.5 GiB``, ``512MiB``.

    Raises:
        UsageError: another type or text, 0 or less, or an amount so small that another unit was meant.
    """
    problem = f"{parameter('memory')} is {_shown(value)}"
    example = (
        "give a number of bytes, or text such as '2GiB'"
        if unit == "bytes"
        else "give a number of GiB, for example 2, or 500MB"
    )
    if isinstance(value, str):
        found = re.fullmatch(r"\s*([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*([a-zA-Z]{0,3})\s*", value)
        factor = _UNITS.get((found[2] or unit).lower() if found else "") if found else None
        factor = 1 if factor is None and found and unit == "bytes" and not found[2] else factor
        if found is None or factor is None:
            raise UsageError(f"{problem}; {example}.")
        size = int(Fraction(found[1]) * factor)
    elif isinstance(value, bool | np.bool_) or not isinstance(value, Real) or not math.isfinite(float(value)):
        raise UsageError(f"{problem}; {example}.")
    else:
        size = int(float(value) * (1 if unit == "bytes" else _UNITS[unit.lower()]))
    if size <= 0:
        raise UsageError(f"{problem}, but it must be above 0; {example}.")
    if size < _LEAST_MEMORY:
        raise UsageError(f"{problem}, which means {size} bytes and is too little for any network; {example}.")
    return size


def analysis_resolution(value: object) -> int | tuple[int, int]:
    """The analysis resolution: the longer side in pixels, or (rows, columns)."""
    if isinstance(value, tuple | list) and len(value) == 2:
        return whole_number("analysis_resolution", value[0]), whole_number("analysis_resolution", value[1])
    if isinstance(value, tuple | list | str | Tensor | np.ndarray):
        raise UsageError(
            f"{parameter('analysis_resolution')} is {_shown(value)}; give the longer side in pixels, for example 64, or (rows, columns)."
        )
    return whole_number("analysis_resolution", value)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise UsageError(f"{parameter(name)} is {_shown(value)}; expected True or False.")
    return bool(value)


def _cache(value: object) -> JacobianCache | str | os.PathLike[str]:
    if not isinstance(value, JacobianCache | str | os.PathLike):
        raise UsageError(f"{parameter('cache')} is {_shown(value)}; expected the path of a folder, or a JacobianCache.")
    return value


def _callable(name: str, value: object) -> Any:
    if not callable(value):
        raise UsageError(f"{parameter(name)} is {_shown(value)}; expected a function.")
    return value


def _text(name: str, value: object, example: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{parameter(name)} is {_shown(value)}; expected a string, for example {example!r}.")
    return value


def _stored(value: object) -> torch.dtype:
    found = dtype_of(cast("torch.dtype | str | None", value))  # which refuses other types
    if found.itemsize < 2:
        raise UsageError(f"{parameter('stored')} is {_shown(value)}; give float16, bfloat16, float32 or float64.")
    return found


def _label_codes(value: object) -> LatentCode:
    if not isinstance(value, LatentCode):
        raise UsageError(
            f"{parameter('label_codes')} is {_kind(value)}; expected the latent codes that the labels describe, for example generator.sample(seeds)."
        )
    return value


def _above_zero(name: str, example: str) -> Callable[[object], float]:
    return lambda value: number(name, value, f"a number above 0, for example {example}", lambda x: 0 < x < math.inf)


def _at_least(name: str, least: int) -> Callable[[object], int]:
    return lambda value: whole_number(name, value, least)


CHECKS: dict[str, Callable[[Any], Any]] = {
    "space": lambda value: _text("space", value, "W"),
    "layers": as_layer_text,
    "tau": lambda value: number(
        "tau",
        value,
        "the ridge as a fraction of the trace of the outside Gram matrix, 0 or more, for example 0.001",
        lambda x: True,
    ),
    "solver": lambda value: _text("solver", value, "cholesky"),
    "analysis_resolution": analysis_resolution,
    "intermediate": lambda value: _flag("intermediate", value),
    "memory": memory_bytes,
    "cache": _cache,
    "progress": lambda value: _callable("progress", value),
    "announce": lambda value: _callable("announce", value),
    "tolerance": lambda value: number(
        "tolerance", value, "a fraction between 0 and 1, for example 0.01", lambda x: 0 < x < 1
    ),
    "max_products": _at_least("max_products", 1),
    "stored": _stored,
    "candidates": _at_least("candidates", 1),
    "ranked": lambda value: _flag("ranked", value),
    "floor": lambda value: number("floor", value, "a fraction from 0 to 1", lambda x: 0 <= x <= 1),
    "samples": _at_least("samples", 2),
    "probes": _at_least("probes", 1),
    "seed": lambda value: checked_seeds(whole_number("seed", value, 0))[0],
    "normalised": lambda value: _flag("normalised", value),
    "sparsity": _above_zero("sparsity", "0.02"),
    "relaxation": _at_least("relaxation", 0),
    "iterations": _at_least("iterations", 1),
    "share": lambda value: number("share", value, "a fraction above 0, at most 0.5", lambda x: 0 < x <= 0.5),
    "penalty": _above_zero("penalty", "100"),
    "loss": lambda value: _text("loss", value, "hinge"),
    "scorer": lambda value: _callable("scorer", value),
    "label_codes": _label_codes,
}
"""Option -> function that checks and converts its value; other options are checked where they are used."""


def checked_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options, checked and converted; None stands for the default.

    Raises:
        UsageError: an option has an impossible value.
    """
    return {
        name: value if value is None or name not in CHECKS else CHECKS[name](value) for name, value in options.items()
    }


def _shown(value: object) -> str:
    return (
        printable(repr(value), 40)
        if value is None or isinstance(value, str | int | float | bool | tuple | list)
        else _kind(value)
    )


def _kind(value: object) -> str:
    if value is None:
        return "None"
    if isinstance(value, str | os.PathLike):
        return printable(repr(str(value)), 60)
    shape = getattr(value, "shape", None)
    shape = f" with shape {tuple(shape)}" if isinstance(value, Tensor | np.ndarray) and shape is not None else ""
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}{shape}"

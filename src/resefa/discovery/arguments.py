"""Validation of the arguments of discovery: each is converted to one type, or refused with a message that names the parameter."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
from torch import Tensor, nn

from resefa.errors import LatentError, UsageError, kind_of_value, parameter, shown_value
from resefa.generators.completed import as_generator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.layers import as_layer_text
from resefa.latents.seeds import checked_seeds
from resefa.latents.space import given_code

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
            f"{parameter('code')} is {kind_of_value(code)}; expected latent codes, for example generator.sample(seed), or an array (codes, dimensions)."
        )
    found = given_code(code, generator)
    if found.space in generator.spaces:
        generator.spaces[found.space].checked(found, generator.name)
    return found


def whole_number(name: str, value: object, least: int = 1) -> int:
    """The value as an integer of at least ``least``; UsageError for a boolean, a fraction, text or a smaller number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral) or value < least:
        raise UsageError(f"{parameter(name)} is {shown_value(value)}; give a whole number, {least} or more.")
    return int(value)


def number(name: str, value: object, allowed: str, within: Callable[[float], bool]) -> float:
    """The value as a float; UsageError unless it is finite and ``within`` accepts it. ``allowed`` describes the accepted numbers."""
    if isinstance(value, Tensor | np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real) or not within(float(value)):
        raise UsageError(f"{parameter(name)} is {shown_value(value)}; give {allowed}.")
    return float(value)


def analysis_resolution(value: object) -> int | tuple[int, int]:
    """The analysis resolution: the longer side in pixels, or (rows, columns)."""
    if isinstance(value, tuple | list) and len(value) == 2:
        return whole_number("analysis_resolution", value[0]), whole_number("analysis_resolution", value[1])
    if isinstance(value, tuple | list | str | Tensor | np.ndarray):
        raise UsageError(
            f"{parameter('analysis_resolution')} is {shown_value(value)}; give the longer side in pixels, for example 64, or (rows, columns)."
        )
    return whole_number("analysis_resolution", value)


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise UsageError(f"{parameter(name)} is {shown_value(value)}; expected True or False.")
    return bool(value)


def _callable(name: str, value: object) -> Any:
    if not callable(value):
        raise UsageError(f"{parameter(name)} is {shown_value(value)}; expected a function.")
    return value


def _text(name: str, value: object, example: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{parameter(name)} is {shown_value(value)}; expected a string, for example {example!r}.")
    return value


def _label_codes(value: object) -> LatentCode:
    if not isinstance(value, LatentCode):
        raise UsageError(
            f"{parameter('label_codes')} is {kind_of_value(value)}; expected the latent codes that the labels describe, for example generator.sample(seeds)."
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
    "analysis_resolution": analysis_resolution,
    "intermediate": lambda value: _flag("intermediate", value),
    "progress": lambda value: _callable("progress", value),
    "tolerance": lambda value: number(
        "tolerance", value, "a fraction between 0 and 1, for example 0.01", lambda x: 0 < x < 1
    ),
    "max_products": _at_least("max_products", 1),
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

"""Parsers of option values: strengths, directions with factors, named files, settings."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from resefa.errors import UsageError, printable
from resefa.files.input_file import user_path

MOST_STRENGTHS = 1000
_LONGEST_TITLE = 100
_MOST_DIGITS = 9
"""Most digits of a direction's index; Python refuses to read numbers of thousands of digits."""


def parse_strengths(text: str) -> list[float]:
    """Parse strengths from ``-3:3:7`` (first, last, count) or ``-2,-1,0,1,2``."""
    try:
        if ":" in text:
            low, high, count = text.split(":")
            first, last, n = _number(low), _number(high), int(count)
            if not 2 <= n <= MOST_STRENGTHS:
                raise ValueError
            return [first + (last - first) * i / (n - 1) for i in range(n)]
        return [_number(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(
            f"--strengths is {_shown(text)}; write first:last:count, as in --strengths=-3:3:7 (at most {MOST_STRENGTHS:,}), or "
            "numbers, as in --strengths=-2,0,2."
        ) from error


def parse_direction(text: str) -> tuple[int, float]:
    """Parse a direction's index and factor from ``2`` or ``2=-0.5``."""
    index, equals, factor = text.partition("=")
    if index.strip().startswith("-"):
        raise UsageError(
            f"--direction is {_shown(text)}, but directions are numbered from 0; for the opposite direction write "
            f"{index.strip()[1:] or 0}=-1."
        )
    try:
        return int(index), _number(factor) if equals else 1.0
    except ValueError as error:
        raise UsageError(
            f"--direction is {_shown(text)}; write an index, as in 2, or an index and a factor, as in 2=-0.5."
        ) from error


def parse_fixed_edit(text: str) -> tuple[str, int, float]:
    """Parse a file, the index of a direction (default 0) and a fixed strength from ``eyes.safetensors:1=2.5``."""
    place, equals, strength = text.rpartition("=")
    file, colon, index = place.rpartition(":")
    if not colon or not index.isdecimal():
        file, index = place, "0"
    try:
        if not equals or not file:
            raise ValueError
        return file, int(index), _number(strength)
    except ValueError as error:
        raise UsageError(
            f"--with is {_shown(text)}; write FILE:INDEX=STRENGTH, as in eyes.safetensors:1=2.5."
        ) from error


def parse_names(texts: list[str]) -> dict[int, str]:
    """Parse names of directions from texts such as ``0=smile``: a mapping from index to name."""
    names: dict[int, str] = {}
    for text in texts:
        index, equals, name = text.partition("=")
        if not equals or not (index.isascii() and index.isdecimal()) or len(index) > _MOST_DIGITS:
            raise UsageError(f"{_shown(text)} is not a name of a direction; write INDEX=NAME, as in 0=smile.")
        if int(index) in names:
            raise UsageError(f"Direction {int(index)} is named twice; name each direction once.")
        names[int(index)] = name
    return names


def parse_named_direction(text: str) -> tuple[str, float | None]:
    """Parse the name of a stored direction and its strength from ``smile=1.0`` or ``smile``, whose strength is None."""
    name, equals, strength = text.rpartition("=")
    try:
        found = (name, _number(strength)) if equals else (text, None)
    except ValueError as error:
        raise UsageError(
            f"--named is {_shown(text)}; write NAME=STRENGTH, as in smile=1, or a name, as in smile."
        ) from error
    if not found[0].strip():
        raise UsageError(f"--named is {_shown(text)}, without a name; write NAME=STRENGTH, as in smile=1.")
    return found


def parse_named_file(text: str) -> tuple[Path, str]:
    """Parse a file and a name from ``mine.npy:My method``; the default name is the file's stem."""
    if user_path(text).exists():
        return user_path(text), user_path(text).stem
    file, colon, name = text.rpartition(":")
    if not colon or not file or not name.strip() or len(name) > _LONGEST_TITLE:
        raise UsageError(
            f"--directions is {_shown(text)}, which is not an existing file; write FILE:NAME, as in mine.npy:Mine."
        )
    return user_path(file), name.strip()


def parse_titles(texts: list[str]) -> dict[str, str]:
    """Parse titles in the report from texts such as ``resefa=ReSeFa``: a mapping from method to title."""
    titles: dict[str, str] = {}
    for text in texts:
        method, equals, title = (part.strip() for part in text.partition("="))
        if not equals or not method or not title or len(title) > _LONGEST_TITLE:
            raise UsageError(
                f"--title is {_shown(text)}; write METHOD=TITLE, as in sefa=SeFa, with at most {_LONGEST_TITLE} characters."
            )
        titles[method] = title
    return titles


def parse_levels(text: str) -> tuple[float, ...]:
    """Parse levels of change from ``0.02,0.05,0.1``."""
    try:
        return tuple(_number(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"--levels is {_shown(text)}; write numbers separated by commas, as in 0.02,0.05,0.1."
        ) from error


def parse_shape(text: str) -> tuple[int, ...]:
    """Parse the shape of a latent code from ``512`` or ``100,1,1``."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"--latent-shape is {_shown(text)}; write whole numbers, as in 512 or 100,1,1.") from error


def parse_range(text: str) -> tuple[float, float]:
    """Parse the values of black and white from ``0,1``."""
    try:
        low, high = (_number(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"--output-range is {_shown(text)}; write the values of black and white, as in 0,1 or -1,1."
        ) from error
    return low, high


def parse_settings(texts: list[str]) -> dict[str, Any]:
    """Parse settings such as ``strides=1,2,2,1`` or ``last_activation=sigmoid``: each value is JSON, comma-separated numbers or a plain word."""
    settings: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals or not value:
            raise UsageError(f"--setting is {_shown(text)}; write NAME=VALUE, as in strides=1,2,2,1.")
        if name in settings:
            raise UsageError(
                f"--setting {printable(name, 40)} is given twice; give it once, with all its values, as in {printable(name, 40)}=1,2."
            )
        for form in (value, f"[{value}]"):
            try:
                settings[name] = json.loads(form)
                break
            except (ValueError, RecursionError):
                settings[name] = value
    return settings


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _shown(text: str) -> str:
    return printable(repr(text), 80)

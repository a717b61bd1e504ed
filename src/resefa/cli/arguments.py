"""Text of the command line to values: seeds, strengths, names with values, and files of labels."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from resefa.errors import UsageError
from resefa.files.input_file import user_path
from resefa.latents.seeds import read_labels as labels_of  # noqa: F401


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def strengths_of(text: str) -> list[float]:
    """``-3:3:7`` (from, to, how many) or ``-2,-1,0,1,2``."""
    try:
        if ":" in text:
            low, high, count = text.split(":")
            first, last, n = _number(low), _number(high), int(count)
            if not 2 <= n <= 1000:
                raise ValueError
            return [first + (last - first) * i / (n - 1) for i in range(n)]
        return [_number(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(
            f"Strengths {text!r} cannot be read; write --strengths=-3:3:7 (from, to, how many; at most 1,000) or --strengths=-2,0,2."
        ) from error


def moved_of(text: str) -> tuple[int, float]:
    """``2`` or ``2=-0.5``: a direction's index and its factor."""
    index, equals, factor = text.partition("=")
    if index.strip().startswith("-"):
        raise UsageError(
            f"--direction {text!r} is not possible: directions are numbered from 0; to move the other way, write "
            f"{index.strip()[1:] or 0}=-1."
        )
    try:
        return int(index), _number(factor) if equals else 1.0
    except ValueError as error:
        raise UsageError(
            f"--direction {text!r} cannot be read; write its number, as in 2, or 2=-0.5 with a factor."
        ) from error


def held_of(text: str) -> tuple[str, int, float]:
    """``eyes.safetensors:1=2.5``: a file, a direction's index in it (0 where left out) and the strength it is held at."""
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
            f"--with {text!r} cannot be read; write FILE:INDEX=STRENGTH, as in eyes.safetensors:1=2.5."
        ) from error


def named_file_of(text: str) -> tuple[Path, str]:
    """``mine.npy:My method``: a file and a name; without a name, the file's."""
    if user_path(text).exists():
        return user_path(text), user_path(text).stem
    file, colon, name = text.rpartition(":")
    if not colon or not file or not name.strip() or len(name) > 100:
        raise UsageError(f"--directions {text!r} is no file; write FILE:NAME, as in mine.npy:Mine.")
    return user_path(file), name.strip()


def titles_of(texts: list[str]) -> dict[str, str]:
    """``resefa=ReSeFa``: what a method is called."""
    found: dict[str, str] = {}
    for text in texts:
        method, equals, title = (part.strip() for part in text.partition("="))
        if not equals or not method or not title or len(title) > 100:
            raise UsageError(f"--title {text!r} cannot be read; write METHOD=TITLE, as in resefa=ReSeFa.")
        found[method] = title
    return found


def levels_of(text: str) -> tuple[float, ...]:
    """``0.02,0.05,0.1``."""
    try:
        return tuple(_number(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"Levels {text!r} cannot be read; write numbers with commas, as in 0.02,0.05,0.1.") from error


def range_of(text: str) -> tuple[float, float]:
    """``0,1``: the values of black and white."""
    try:
        low, high = (_number(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"--output-range is {text!r}; write the values of black and white, as in 0,1 or -1,1."
        ) from error
    return low, high


def settings_of(texts: list[str]) -> dict[str, Any]:
    """``strides=1,2,2,1``, ``conv_clamp=256``, ``last_activation=sigmoid``: JSON, numbers with commas, or a word."""
    settings: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals or not value:
            raise UsageError(f"--setting is {text!r}; write a name and its value, as in strides=1,2,2,1.")
        if name in settings:
            raise UsageError(f"--setting states {name} twice; give all its values at once, as in {name}=1,2.")
        for form in (value, f"[{value}]"):
            try:
                settings[name] = json.loads(form)
                break
            except (ValueError, RecursionError):
                settings[name] = value
    return settings

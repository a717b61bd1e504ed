"""Text of the command line to values: seed ranges and strength ranges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from resefa.errors import UsageError


def seeds_of(text: str) -> list[int]:
    """``7``, ``0-15``, ``1,4,9-12``."""
    seeds: list[int] = []
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        if not low.isdigit() or (dash and not high.isdigit()) or (dash and int(high) < int(low)):
            raise UsageError(f"The seeds {text!r} came: write for example 7, 0-15 or 1,4,9-12.")
        if dash and int(high) - int(low) > 10_000:
            raise UsageError(f"The seeds {text!r} are more than 10,000: give fewer at a time.")
        seeds += range(int(low), int(high or low) + 1)
    return seeds


def strengths_of(text: str) -> list[float]:
    """``-3:3:7`` (from, to, how many) or ``-2,-1,0,1,2``."""
    try:
        if ":" in text:
            low, high, count = text.split(":")
            n = int(count)
            if not 2 <= n <= 1000:
                raise ValueError
            return [float(low) + (float(high) - float(low)) * i / (n - 1) for i in range(n)]
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(
            f"The strengths {text!r} came: write --strengths=-3:3:7 (from, to, how many) or --strengths=-2,0,2."
        ) from error


def moved_of(text: str) -> tuple[int, float]:
    """``2`` or ``2=-0.5``: a direction's index and its factor."""
    index, equals, factor = text.partition("=")
    try:
        return int(index), float(factor) if equals else 1.0
    except ValueError as error:
        raise UsageError(f"The direction {text!r} came: write its number, as in 2, or 2=-0.5 with a factor.") from error


def held_of(text: str) -> tuple[str, int, float]:
    """``eyes.safetensors:1=2.5``: a file, a direction's index in it (0 where left out) and the strength it is held at."""
    place, equals, strength = text.rpartition("=")
    file, colon, index = place.rpartition(":")
    if not colon or not index.isdigit():
        file, index = place, "0"
    try:
        if not equals or not file:
            raise ValueError
        return file, int(index), float(strength)
    except ValueError as error:
        raise UsageError(f"--with {text!r} came: write FILE:INDEX=STRENGTH, as in eyes.safetensors:1=2.5.") from error


def labels_of(path: Path) -> tuple[list[int], list[float]]:
    """Seeds and labels from a text file: ``7,1`` or ``7 0.3`` per line; empty lines and those that start with # are skipped."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: give a text file with a seed and its label per line.") from error
    seeds, labels = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            seed, label = line.replace(",", " ").split()
            seeds.append(int(seed))
            labels.append(float(label))
        except ValueError as error:
            raise UsageError(f"Line {number} of {path} is {line[:40]!r}: write a seed and its label, as in 7,1.") from error
    if not seeds:
        raise UsageError(f"{path} holds no labels: write a seed and its label per line, as in 7,1.")
    return seeds, labels


def levels_of(text: str) -> tuple[float, ...]:
    """``0.02,0.05,0.1``."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"The levels {text!r} came: write numbers with commas, as in 0.02,0.05,0.1.") from error


def range_of(text: str) -> tuple[float, float]:
    """``0,1``: the values of black and white."""
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"--output-range is {text!r}; write the values of black and white, as in 0,1 or -1,1.") from error
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

"""Lengths in a region: a number and its unit (pixels, or a fraction of the image), and their text form."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

from resefa.errors import RegionError
from resefa.regions.quoting import shown

PIXEL = "pixel"
FRACTION = "fraction"

_NUMBER = re.compile(r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))\s*(%?)\s*", re.ASCII)


def finite(value: Any, name: str) -> float:
    """Convert ``value`` to a finite float; error messages call it ``name``.

    Raises:
        RegionError: the value is not a number, NaN or infinite.
    """
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise RegionError(f"{name} is {shown(value)}; give a number.") from None
    if not math.isfinite(number):
        raise RegionError(f"{name} is {number}; give a finite number.")
    return number + 0.0  # -0.0 becomes 0.0: equal regions have equal text


def checked_unit(unit: Any) -> str:
    """Check a unit and return it.

    Raises:
        RegionError: neither "pixel" nor "fraction".
    """
    if unit not in (PIXEL, FRACTION):
        raise RegionError(f'Unknown unit {shown(unit)}; choose "pixel" or "fraction" (of the image\'s size).')
    return unit


def written(value: float, unit: str) -> str:
    """The text form of a length, ``40`` or ``62.5%``, from which ``read`` restores exactly the same float."""
    exact = Decimal(repr(value))
    if unit == FRACTION:
        exact *= 100
    text = format(exact, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) + ("%" if unit == FRACTION else "")


def read(text: str) -> tuple[float, str] | None:
    """Parse a length to (value, unit); None if the text is not a number. A percentage becomes a fraction."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    exact = Decimal(match[1])
    return (float(exact / 100), FRACTION) if match[2] else (float(exact), PIXEL)

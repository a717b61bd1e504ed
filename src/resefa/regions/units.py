"""Lengths in a region: a finite number and its unit, and how both are written."""

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


def finite(value: Any, what: str) -> float:
    """``value`` as a float.

    Raises:
        RegionError: it is no number, NaN or infinite; ``what`` names it in the sentence.
    """
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise RegionError(f"{what} came as {shown(value)}: expected a number.") from None
    if not math.isfinite(number):
        raise RegionError(f"{what} came as {number}: expected a finite number.")
    return number + 0.0  # -0.0 becomes 0.0, which is written alike


def checked_unit(unit: Any) -> str:
    """``unit`` itself.

    Raises:
        RegionError: it is neither "pixel" nor "fraction".
    """
    if unit not in (PIXEL, FRACTION):
        raise RegionError(f'The unit came as {shown(unit)}: expected "pixel" or "fraction" (of the image\'s size).')
    return unit


def written(value: float, unit: str) -> str:
    """A length as text, which ``read`` turns into the same float: ``40`` or ``62.5%``."""
    exact = Decimal(repr(value))
    if unit == FRACTION:
        exact *= 100
    text = format(exact, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) + ("%" if unit == FRACTION else "")


def read(text: str) -> tuple[float, str] | None:
    """A length from text as (value, unit), or None where it is no number. Percentages are fractions."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    exact = Decimal(match[1])
    return (float(exact / 100), FRACTION) if match[2] else (float(exact), PIXEL)

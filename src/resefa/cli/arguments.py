"""Text of the command line to values: seed ranges and strength ranges."""

from __future__ import annotations

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

"""Confidence intervals by a seeded percentile bootstrap over images (Efron 1979; Efron and Tibshirani 1993, section 13.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from resefa.errors import UsageError

RESAMPLES = 2000
FEWEST = 6
"""Images needed for a 95% interval: with fewer, not even the smallest and the largest value enclose the median of the population
with that probability (1 - 2 / 2^n; David and Nagaraja, "Order Statistics", 2003, section 7.1)."""


@dataclass(frozen=True)
class Estimate:
    """A statistic over ``count`` images, with its interval at ``level``; ``low`` and ``high`` are None if there are too few images."""

    value: float
    low: float | None
    high: float | None
    count: int
    level: float = 0.95


def estimate(
    values: Sequence[float],
    *,
    statistic: Callable[..., np.ndarray] = np.median,
    seed: int = 0,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> Estimate:
    """The statistic of ``values``, one per image, with its bootstrap interval.

    Args:
        statistic: of an array along ``axis``: ``numpy.median`` or ``numpy.mean``.
        seed: equal seeds draw the same images for all methods with the same number of images.

    Raises:
        UsageError: there is no value, or a value is not finite.
    """
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 1 or not len(given) or not np.isfinite(given).all():
        raise UsageError(
            f"values has shape {given.shape}, or contains NaN or infinity; give one finite number per image, and at least one image."
        )
    middle = float(statistic(given, axis=0))
    if len(given) < FEWEST:
        return Estimate(middle, None, None, len(given), level)
    drawn = np.random.default_rng(seed).integers(0, len(given), (resamples, len(given)))
    found = statistic(given[drawn], axis=1)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(middle, float(low), float(high), len(given), level)

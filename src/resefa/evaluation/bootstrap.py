"""Percentile bootstrap over images (Efron 1979; Efron and Tibshirani 1993, section 13.3), seeded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from resefa.errors import UsageError

RESAMPLES = 2000


@dataclass(frozen=True)
class Estimate:
    """A statistic of some images and the interval that holds it at ``level``; of one image the interval is that value."""

    value: float
    low: float
    high: float
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
    """The statistic of one value per image, with its interval.

    Args:
        statistic: of an array along ``axis``: ``numpy.median`` or ``numpy.mean``.
        seed: one seed draws the same images for all methods of as many images.

    Raises:
        UsageError: no value, or one that is not finite.
    """
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 1 or not len(given) or not np.isfinite(given).all():
        raise UsageError(f"Values of shape {given.shape} came for an interval: give one finite number per image.")
    drawn = np.random.default_rng(seed).integers(0, len(given), (resamples, len(given)))
    found = statistic(given[drawn], axis=1)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(statistic(given, axis=0)), float(low), float(high), len(given), level)

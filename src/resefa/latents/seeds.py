"""Seeds of random codes: how they are written, checked and drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from resefa.errors import UsageError, printable

LARGEST_SEED = 2**32 - 1


def standard_normal(seeds: int | Sequence[int], dimensions: int) -> tuple[torch.Tensor, tuple[int, ...]]:
    """Draw one code ~ N(0, I) per seed, the same on every machine, leaving every global random state alone.

    NumPy freezes the stream of ``RandomState`` for good, which PyTorch does not promise of its own; the field's seeds
    (``--seeds`` of the StyleGAN scripts) are drawn from it too, so that seed 7 here is seed 7 there.

    Returns:
        (b, n) float64 tensor and the seeds as a tuple.

    Raises:
        UsageError: no seed, or one that is not a whole number in 0 .. 2**32 - 1.
    """
    sequence = checked_seeds(seeds)
    rows = [np.random.RandomState(seed).randn(dimensions) for seed in sequence]
    return torch.from_numpy(np.stack(rows)), sequence


def checked_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """The seeds as a tuple.

    Raises:
        UsageError: no seed, or one that is not a whole number in 0 .. 2**32 - 1.
    """
    try:
        sequence = (seeds,) if isinstance(seeds, int | np.integer | str) else tuple(seeds)
    except TypeError:  # one number of another kind
        sequence = (seeds,)  # type: ignore[assignment]
    if not sequence:
        raise UsageError("No seed was given; give at least one, for example seed=7.")
    for seed in sequence:
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= LARGEST_SEED:
            raise UsageError(
                f"The seed {printable(repr(seed) if isinstance(seed, str) else seed, 40)} is not a whole number from 0 to {LARGEST_SEED}."
            )
    return tuple(int(seed) for seed in sequence)

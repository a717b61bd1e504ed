"""Random numbers that are the same on every machine: Philox (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

The generator's raw integers are part of its definition; NumPy reserves the right to change the distributions that it derives from
them. Each picture has a block of counters, so that its numbers depend on the seed and on its index alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

PER_COUNTER = 4
"""64-bit integers for each step of Philox's counter."""


def uniforms(seed: int, first: int, count: int, columns: int) -> npt.NDArray[np.float64]:
    """Uniform numbers in [0, 1), (count, columns): row i depends on ``seed`` and ``first + i`` only.

    Args:
        seed: 0 to 2^64 - 1, the key.
        first: index of the first row.
        columns: numbers for each row, a multiple of 4.
    """
    if columns % PER_COUNTER:
        raise ValueError(f"columns is {columns}; give a multiple of {PER_COUNTER}")
    generator = np.random.Philox(key=seed, counter=first * (columns // PER_COUNTER))
    raw = generator.random_raw(count * columns).reshape(count, columns)
    # The upper 53 bits, as many as a float64 holds exactly.
    return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53

"""Seeds of random codes, their text form (``0-7,9``), and labels of seeds in text files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from resefa.errors import UsageError, parameter, printable
from resefa.files.input_file import read_input

LARGEST_SEED = 2**32 - 1
MOST_SEEDS = 10_000
_LARGEST_LABELS = 2**26
"""Largest size of a file of labels, in bytes."""


def standard_normal(seeds: int | Sequence[int], dimensions: int) -> tuple[torch.Tensor, tuple[int, ...]]:
    """One standard normal code per seed, equal on every machine; the global random state is neither read nor changed.

    NumPy guarantees that the stream of ``RandomState`` never changes; PyTorch does not. The StyleGAN scripts use it too:
    seed 7 here is ``--seeds 7`` there.

    Returns:
        (b, n) float64 tensor and the seeds as a tuple.

    Raises:
        UsageError: no seed, or a seed that is not a whole number in 0 .. 2**32 - 1.
    """
    sequence = checked_seeds(seeds)
    rows = [np.random.RandomState(seed).randn(dimensions) for seed in sequence]
    return torch.from_numpy(np.stack(rows)), sequence


def checked_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """Check seeds and return them as a tuple.

    Raises:
        UsageError: no seed, or a seed that is not a whole number in 0 .. 2**32 - 1.
    """
    try:
        sequence: tuple[Any, ...] = (seeds,) if isinstance(seeds, int | np.integer | str) else tuple(seeds)
    except TypeError:  # a single value of another type
        sequence = (seeds,)
    if not sequence:
        raise UsageError(f"{parameter('seed')} is empty; give at least one seed.")
    for seed in sequence:
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed <= LARGEST_SEED:
            raise UsageError(
                f"The seed {printable(repr(seed) if isinstance(seed, str) else seed, 40)} is not a whole number from 0 to "
                f"{LARGEST_SEED}."
            )
    return tuple(int(seed) for seed in sequence)


def parse_seeds(text: str) -> list[int]:
    """Parse seeds from text such as ``7``, ``0-15`` or ``1,4,9-12``.

    Raises:
        UsageError: other text, a seed above 2**32 - 1, or more than 10,000 seeds.
    """
    seeds: list[int] = []
    for part in text.split(","):
        low, dash, high = (end.strip() for end in part.partition("-"))
        ends = (low, high) if dash else (low, low)
        if not all(end.isascii() and end.isdecimal() and len(end) < 20 for end in ends) or int(ends[1]) < int(ends[0]):
            raise UsageError(
                f"The seeds {printable(repr(text), 80)} cannot be read; write for example 7, 0-15 or 1,4,9-12."
            )
        first, last = map(int, ends)
        if last > LARGEST_SEED:
            raise UsageError(f"The seed {last} is too large; give a seed up to {LARGEST_SEED}.")
        if len(seeds) + last - first >= MOST_SEEDS:
            raise UsageError(f"{printable(repr(text), 80)} contains more than {MOST_SEEDS:,} seeds; give fewer seeds.")
        seeds += range(first, last + 1)
    return seeds


def read_labels(path: str | Path) -> tuple[list[int], list[float]]:
    """Read seeds and labels for InterFaceGAN from a text file with ``7,1`` or ``7 0.3`` on each line.

    Empty lines and lines that begin with # are skipped.

    Raises:
        UsageError: the file cannot be read, has another line, or no line.
    """
    try:
        lines = read_input(path, _LARGEST_LABELS).decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not a text file; write a seed and its label on each line, as in 7,1.") from error
    seeds: list[int] = []
    labels: list[float] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            first, second = line.replace(",", " ").split()
            [seed], label = parse_seeds(first), float(second)
            if not math.isfinite(label):
                raise ValueError
        except (ValueError, UsageError) as error:
            raise UsageError(
                f"Line {number} of {path} is {printable(repr(line), 60)}; write a seed and its label, as in 7,1."
            ) from error
        seeds.append(seed)
        labels.append(label)
    if not seeds:
        raise UsageError(f"{path} contains no labels; write a seed and its label on each line, as in 7,1.")
    return seeds, labels

"""How far apart samples of a generator lie, in its codes and in its images: the measure of a step that goes too far."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch

from resefa.generators.protocol import Generator
from resefa.latents.motion import Motion

LARGEST_STEP = 64.0
"""Where samples tell no distance, as those of a model truncated to its mean."""
_CODES, _IMAGES = range(16), range(6)
_differences: WeakKeyDictionary[Generator, float] = WeakKeyDictionary()


def typical_distance(generator: Generator, motion: Motion) -> float:
    """Median distance between samples in the numbers of the code that move."""
    codes = generator.sample(_CODES, motion.target.name).values
    values = codes[:, motion.moving().to(codes.device)].double().cpu()
    distance = float(torch.pdist(values).median())
    return distance if 0 < distance < float("inf") else LARGEST_STEP


def typical_difference(generator: Generator) -> float:
    """Median of the mean squared difference between images of samples; infinity where they do not differ."""
    try:
        found = _differences.get(generator)
    except TypeError:  # a generator of the user's that cannot be a key is measured each time
        return _difference(generator)
    if found is None:
        found = _differences[generator] = _difference(generator)
    return found


def _difference(generator: Generator) -> float:
    images = generator.synthesize(generator.sample(_IMAGES)).double().flatten(1).cpu()
    difference = float(torch.pdist(images).square().median()) / images.shape[1]
    return difference if difference > 0 else float("inf")

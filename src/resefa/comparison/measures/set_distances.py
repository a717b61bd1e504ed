"""Distances between sets of features by title. Another one is a function here and a line in DISTANCES."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from resefa.comparison.measures.measures import Extractor
from resefa.metrics.frechet import frechet_distance_of_features, frechet_name
from resefa.metrics.kernel_distance import kernel_distance, kernel_name

SetDistance = Callable[[Tensor, Tensor, Extractor, int], Mapping[str, float]]
"""Features (a, d) and (b, d), what made them, and a seed -> figures by title."""


def frechet(edited: Tensor, originals: Tensor, extractor: Extractor, seed: int) -> dict[str, float]:
    """Named after the extractor: FID on Inception's features only. Sets smaller than d + 1 are allowed, and said in the report."""
    return {frechet_name(extractor.name): frechet_distance_of_features(edited, originals, allow_singular=True)}


def kernel(edited: Tensor, originals: Tensor, extractor: Extractor, seed: int) -> dict[str, float]:
    """Unbiased, so also of few images."""
    return {kernel_name(extractor.name): kernel_distance(edited, originals, seed=seed).mean}


ORIGINALS, OTHERS = "originals", "others"
DISTANCES: tuple[tuple[SetDistance, str], ...] = ((frechet, ORIGINALS), (kernel, OTHERS))
"""Each with what the edited images are compared to: their own originals, which shows the least change most sharply; or other images of the
generator, for an estimate that is unbiased for independent sets only."""

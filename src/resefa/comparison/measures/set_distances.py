"""Distances between sets of images: edited images against originals, from stored features.

A new distance is a function here and a line in ``DISTANCES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from resefa.comparison.experiment import SETTINGS, Experiment
from resefa.comparison.records import Record
from resefa.comparison.stored_images import ORIGINAL, key_text, stored_features
from resefa.errors import UsageError
from resefa.metrics.features.protocol import FeatureExtractor
from resefa.metrics.frechet import frechet_distance_of_features, frechet_name
from resefa.metrics.kernel import kernel_distance, kernel_name

SetDistance = Callable[[Tensor, Tensor, FeatureExtractor, int], Mapping[str, float]]
"""A function of features (a, d) and (b, d), their extractor and a seed, which returns distances by title."""
UNEDITED = "other images"
"""The method name in the records that compare two sets of unedited images."""


def frechet(edited: Tensor, originals: Tensor, extractor: FeatureExtractor, seed: int) -> dict[str, float]:
    """The Frechet distance, which is the FID on Inception features; sets of fewer than d + 1 images are allowed."""
    return {frechet_name(extractor.name): frechet_distance_of_features(edited, originals, allow_singular=True)}


def kernel(edited: Tensor, originals: Tensor, extractor: FeatureExtractor, seed: int) -> dict[str, float]:
    """The kernel distance, which is unbiased even for few images."""
    return {kernel_name(extractor.name): kernel_distance(edited, originals, seed=seed).mean}


ORIGINALS, OTHERS = "originals", "others"
DISTANCES: tuple[tuple[SetDistance, str], ...] = ((frechet, ORIGINALS), (kernel, OTHERS))
"""Each distance with the set to which edited images are compared: their originals, which shows small changes most clearly; or other
images of the generator, for an estimate that is unbiased only for independent sets."""


def set_records(
    experiment: Experiment, folder: Path, extractor: FeatureExtractor, methods: tuple[str, ...], others: Tensor
) -> list[Record]:
    """Records of the distances for each setting, region and method, and one for unedited images compared with ``others``.

    Args:
        others: features (n, d) of other images of the generator.

    Raises:
        UsageError: stored features are damaged, or their number of values differs from the extractor's.
    """
    shards = [stored_features(folder, extractor, seed) for seed in experiment.held_out_seeds]
    if any(shard[ORIGINAL].shape != others.shape[1:] for shard in shards):
        raise UsageError(
            f"The features in {folder} do not have the {others.shape[1]} dimensions of {extractor.name}; run the comparison again in a "
            "new folder."
        )
    originals = torch.stack([shard[ORIGINAL] for shard in shards])
    about = {"kind": "distance", "extractor": extractor.name}
    records: list[Record] = [
        {**about, "setting": None, "region": None, "method": UNEDITED, "images": len(others),
         "distances": _distances(originals, others, others, extractor, experiment.seed)}
    ]  # fmt: skip
    for setting in SETTINGS:
        for region in experiment.regions:
            for method in methods:
                names = [key_text((setting, region, method, sign)) for sign in (1, -1)]
                having = [shard for shard in shards if all(name in shard for name in names)]
                if len(having) < 2:
                    continue
                edited = torch.stack([shard[name] for name in names for shard in having])
                before = torch.stack([shard[ORIGINAL] for shard in having])
                found = _distances(edited, before, others, extractor, experiment.seed)
                records.append({
                    **about, "setting": setting, "region": region, "method": method, "images": len(having),
                    "distances": found,
                })  # fmt: skip
    return records


def _distances(
    edited: Tensor, originals: Tensor, others: Tensor, extractor: FeatureExtractor, seed: int
) -> dict[str, float]:
    found: dict[str, float] = {}
    for distance, reference in DISTANCES:
        found |= distance(edited, originals if reference == ORIGINALS else others, extractor, seed)
    return found

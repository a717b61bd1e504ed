"""Frechet and kernel distances of edited pictures to drawn heads, on the reader's features, for each level of change inside.

For scale: the distances of unedited samples to drawn heads, and of one half of the drawn heads to the other.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from resefa.benchmark.image_edits import features_file
from resefa.benchmark.records import Record
from resefa.benchmark.settings import Settings
from resefa.errors import UsageError
from resefa.files import tensor_file
from resefa.metrics.frechet import frechet_distance_of_features
from resefa.metrics.kernel import squared_discrepancy
from resefa.types import Features

UNEDITED, DRAWN = "unedited samples", "drawn heads"
LARGEST = 2**28
_FEWEST, _TINY = 2, 1e-12


def distance_records(
    folder: Path, settings: Settings, sides: Iterable[Record], generated: Features, drawn: Features
) -> list[Record]:
    """The record of each setting, case and level, over all parts, images and signs.

    Pictures of one image are not independent: the kernel distance compares pictures of different images only, so that it is unbiased;
    the Frechet distance is biased by the variety of the images, which a local edit hardly raises.

    Each side counts with the picture whose change inside is nearest to the level; a side that ends before, with its last picture.

    Args:
        sides: the records of the sides.
        generated, drawn: features of unedited samples and of drawn heads.
    """
    half = len(drawn) // 2
    floors = ((UNEDITED, generated, drawn), (DRAWN, drawn[:half], drawn[half:]))
    records: list[Record] = [
        {
            "kind": "distance",
            "setting": None,
            "case": name,
            "level": None,
            **_distances(edited, reference, torch.arange(len(edited))),
        }
        for name, edited, reference in floors
    ]
    for (setting, case, level), rows in sorted(_pictures(folder, settings, sides).items()):
        if len(rows) >= _FEWEST:
            about = {"kind": "distance", "setting": setting, "case": case, "level": level}
            features, seeds = torch.stack([row for row, _ in rows]), torch.tensor([seed for _, seed in rows])
            records.append({**about, **_distances(features, drawn, seeds)})
    return records


def _pictures(
    folder: Path, settings: Settings, sides: Iterable[Record]
) -> dict[tuple[str, str, float], list[tuple[Tensor, int]]]:
    """The features of the pictures at each level, each with the seed of its image, by setting, case and level."""
    found: dict[tuple[str, str, float], list[tuple[Tensor, int]]] = defaultdict(list)
    features = {
        seed: tensor_file.load_tensors(features_file(folder, seed), LARGEST, raises=UsageError)[0]
        for seed in settings.seeds
    }
    for side in sides:
        if side["direction"]:
            continue
        name = f"{side['setting']}|{side['region']}|{side['case']}|{side['sign']:+d}"
        changes = [max(inside, _TINY) for inside in side["inside"]]
        for level in settings.levels:
            rung = min(range(len(changes)), key=lambda i: abs(math.log(changes[i] / level)))
            row = features[side["image"]][f"{name}|{rung}"].float()
            found[side["setting"], side["case"], level].append((row, side["image"]))
    return found


def _distances(edited: Features, drawn: Features, groups: Tensor) -> Record:
    """The distances of pictures to drawn heads; ``groups``: (n,) number of each picture's image."""
    kernel = squared_discrepancy(edited.double(), drawn.double(), groups) if len(groups.unique()) > 1 else None
    return {
        "images": len(edited),
        "frechet": frechet_distance_of_features(edited, drawn, allow_singular=True),
        "kernel": None if kernel is None else float(kernel),
    }

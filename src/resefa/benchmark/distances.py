"""Frechet and kernel distances of edited pictures to drawn heads, on the reader's features, for each level of change inside.

For scale: the distances of unedited samples to drawn heads, and of one half of the drawn heads to the other.
"""

from __future__ import annotations

from collections import defaultdict
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
_FEWEST = 2


def distance_records(folder: Path, settings: Settings, generated: Features, drawn: Features) -> list[Record]:
    """The record of each setting, case and level, over all parts, images and signs.

    A side that ends before a level counts there with its last picture.

    Args:
        generated, drawn: features of unedited samples and of drawn heads.
    """
    half = len(drawn) // 2
    floors = ((UNEDITED, generated, drawn), (DRAWN, drawn[:half], drawn[half:]))
    records: list[Record] = [
        {"kind": "distance", "setting": None, "case": name, "level": None, **_distances(edited, reference)}
        for name, edited, reference in floors
    ]
    for (setting, case, rung), rows in sorted(_pictures(folder, settings).items()):
        if len(rows) >= _FEWEST:
            about = {"kind": "distance", "setting": setting, "case": case, "level": settings.levels[rung]}
            records.append({**about, **_distances(torch.stack(rows), drawn)})
    return records


def _pictures(folder: Path, settings: Settings) -> dict[tuple[str, str, int], list[Tensor]]:
    """The features of the pictures on each rung."""
    found: dict[tuple[str, str, int], list[Tensor]] = defaultdict(list)
    for seed in settings.seeds:
        tensors, _ = tensor_file.load_tensors(features_file(folder, seed), LARGEST, raises=UsageError)
        sides: dict[tuple[str, str, str, str], dict[int, Tensor]] = defaultdict(dict)
        for key, row in tensors.items():
            if key.count("|") == 4:
                setting, region, case, sign, rung = key.split("|")
                sides[setting, region, case, sign][int(rung)] = row.float()
        for (setting, _, case, _), rungs in sides.items():
            for rung in range(len(settings.levels)):
                found[setting, case, rung].append(rungs[min(rung, max(rungs))])
    return found


def _distances(edited: Features, drawn: Features) -> Record:
    return {
        "images": len(edited),
        "frechet": frechet_distance_of_features(edited, drawn, allow_singular=True),
        "kernel": float(squared_discrepancy(edited.double(), drawn.double())),
    }

"""Agreement of signs: how often do edits of two images that resemble each other have the same sign?

Directions of each image are discovered alone. The changes of two directions on two images are comparable if, with one of the two signs, they
correlate above 0.5 inside the region; the signs agree if that is the same sign. Compared are the solver's sign (largest coordinate
positive) and the rule of ``resefa/refinement/orientation.py``. Takes half an hour on a loaded machine.

    python benchmarks/run.py run orientation --save
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.methods import ReSeFa
from resefa.refinement.finite_changes import FiniteChanges
from resefa.refinement.orientation import orientation_of

REGIONS, K = ("mouth", "eyes", "hair"), 8
COMPARABLE = 0.5


def signs_and_changes(region: str, seeds: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The signs by the rule, (images, K), relative to the solver's, and the changes of both solver's signs, (images, K, 2, p)."""
    generator = resefa.load("toon-faces-64")
    signs, changes = [], []
    for seed in seeds:
        problem = resefa.RegionProblem(generator, generator.convert(generator.sample(seed), "W"), region)
        found = ReSeFa().find(problem, K)
        signs.append(orientation_of(problem, found.vectors).signs)
        measured = FiniteChanges(problem)
        changes.append(torch.stack([measured.of(vector).pixels for vector in found.vectors]))
        print(f"{region}, seed {seed}", flush=True)
    return torch.stack(signs), torch.stack(changes)


def agreement(signs: Tensor, changes: Tensor) -> tuple[int, float, float]:
    """The number of comparable pairs, and the fractions whose signs agree: of the solver and by the rule."""
    images, k = signs.shape
    unit = (changes / changes.norm(dim=-1, keepdim=True)).flatten(0, 1).double()
    plus, minus = unit[:, 0], unit[:, 1]
    same = (plus @ plus.T + minus @ minus.T) / 2
    opposite = (plus @ minus.T + minus @ plus.T) / 2
    image = torch.arange(images * k) // k
    pairs = (image[:, None] < image) & (torch.maximum(same, opposite) > COMPARABLE)
    relation = (same - opposite).sign()[pairs]
    flat = signs.flatten().double()
    rule = (flat[:, None] * flat)[pairs]
    return int(pairs.sum()), float((relation > 0).double().mean()), float((relation == rule).double().mean())


def result_of(rows: list[list[Any]], seeds: int) -> dict[str, Any]:
    """The results file."""
    return {
        "title": "Signs of directions on different images",
        "kind": "accuracy",
        "order": 2,
        "benchmark": f"orientation --seeds {seeds}",
        "about": f"`toon-faces-64`, W, the first {K} directions of each of {seeds} images, discovered on each image alone. Two directions of two "
        f"images are comparable if their changes at a mean square of 0.05 inside the region correlate above {COMPARABLE:g} with one of the two relative "
        "signs; the signs agree if +1 and +1 resemble each other.",
        "machine": loaded_machine(),
        "tables": [
            {
                "id": "orientation",
                "columns": [
                    {"name": "region"},
                    {"name": "comparable pairs"},
                    {"name": "signs agree, largest coordinate positive", "format": ".3f"},
                    {"name": "signs agree, by the rule", "format": ".3f"},
                ],
                "rows": rows,
            }
        ],
        "notes": [],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=24)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/orientation.json")
    options = parser.parse_args()
    rows = [[region, *agreement(*signs_and_changes(region, range(options.seeds)))] for region in REGIONS]
    report(result_of(rows, options.seeds), "orientation", options.save)


if __name__ == "__main__":
    main()

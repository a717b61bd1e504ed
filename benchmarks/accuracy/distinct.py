"""Distinct directions against plain eigenvectors: are the first eight different edits, and what does that cost?

For each image, region and space: the largest correlation between the finite changes of two directions, the number of pairs above 0.7,
the change outside at a change of 0.05 inside, processor time, and on toon heads the number of attribute values that the edits reach.

    python benchmarks/run.py run distinct
    python benchmarks/run.py run distinct --save           # also writes results/distinct.json
    python benchmarks/run.py run distinct --cases faces-dcgan:Z:mouth,eyes --seeds 2
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.discovery import EditSpace
from resefa.refinement.distinct import MOST_CORRELATED
from resefa.refinement.finite_changes import FiniteChange, FiniteChanges
from resefa.worlds import AttributeReader, Readings

CASES = (
    "toon-faces-64:W:mouth,eyes,hair",
    "toon-faces-64:W+:mouth,eyes,hair",
    "faces-dcgan:Z:mouth,eyes",
)
K, CHANGE = 8, 0.05
COLOUR = 0.1
"""Smallest change of a colour in RGB from 0 to 1 that counts as an attribute value reached."""
CONFIDENT = 0.5


@dataclass
class Figures:
    """Figures of one kind of directions over images."""

    found: list[int] = field(default_factory=list)
    largest: list[float] = field(default_factory=list)
    pairs: list[int] = field(default_factory=list)
    outside: list[float] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, changes: Sequence[FiniteChange], seconds: float, values: int | None) -> None:
        """Add the directions of one image."""
        pairs = [one.correlation(other) for i, one in enumerate(changes) for other in changes[:i]]
        reached = [change.inside > 0.99 * CHANGE for change in changes]
        outside = torch.cat([change.outside[sides] for change, sides in zip(changes, reached, strict=True)])
        self.found.append(len(changes))
        self.largest.append(max(pairs, default=0.0))
        self.pairs.append(sum(pair > MOST_CORRELATED for pair in pairs))
        self.outside += outside.tolist()
        self.missed.append(sum(int((~sides).sum()) for sides in reached))
        self.seconds.append(seconds)
        if values is not None:
            self.values.append(values)

    def row(self) -> list[Any]:
        """The figures for a table."""
        return [
            min(self.found),
            round(max(self.largest), 2),
            sum(self.pairs),
            statistics.median(self.outside),
            statistics.mean(self.missed),
            statistics.mean(self.values) if self.values else None,
            statistics.median(self.seconds),
        ]


def values_reached(reader: AttributeReader, original: Tensor, edits: Tensor) -> int:
    """The number of different attribute values that the edits have and the original has not."""
    before, after = reader.read(original), reader.read(edits)
    return len(_kinds(before, after) | _colours(before, after))


def _kinds(before: Readings, after: Readings) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for name in before.names:
        first = before.kinds(name)[0]
        sure = (after.confidence(name) >= CONFIDENT) & (after.visible[name] >= CONFIDENT)
        found |= {
            (name, kind) for kind, seen in zip(after.kinds(name), sure.tolist(), strict=True) if seen and kind != first
        }
    return found


def _colours(before: Readings, after: Readings) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for name, colours in after.colours.items():
        moved = (colours - before.colours[name]).abs().amax(1) >= COLOUR
        if bool((moved & (after.visible[name] >= CONFIDENT)).any()):
            found.add((name, "colour"))
    return found


def measured(model: str, space: str, region: str, seeds: Sequence[int]) -> tuple[Figures, Figures]:
    """The figures of plain and of distinct directions over seeds."""
    generator = resefa.load(model)
    reader = AttributeReader() if model.startswith("toon") else None
    plain, distinct = Figures(), Figures()
    for seed in seeds:
        code = generator.sample(seed)
        if space != "Z":
            code = generator.convert(code, "W")
        cache = resefa.JacobianCache()
        problem = resefa.RegionProblem(generator, code, region, EditSpace(space=space), resefa.Session(cache=cache))
        for figures, wanted in ((plain, False), (distinct, True)):
            start = time.process_time()
            # The distinct directions find the Jacobian in the cache, so that their time is what they add.
            found = resefa.discover(generator, code, region, k=K, space=space, distinct=wanted, cache=cache)
            seconds = time.process_time() - start
            changes = [FiniteChanges(problem, CHANGE).of(vector) for vector in found.vectors]
            edits = [
                resefa.edit(generator, code, one, change.steps[0])[0]
                for one, change in zip(found, changes, strict=True)
            ]
            values = reader and values_reached(reader, generator.synthesize(code), torch.cat(edits))
            figures.add(changes, seconds, values)
        print(f"{model} {space} {region} seed {seed}: {plain.row()} {distinct.row()}", flush=True)
    return plain, distinct


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", nargs="+", default=CASES, metavar="MODEL:SPACE:REGION,REGION")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/distinct.json")
    options = parser.parse_args()
    rows: list[list[Any]] = []
    for case in options.cases:
        model, space, regions = case.split(":")
        for region in regions.split(","):
            for name, figures in zip(
                ("plain", "distinct"), measured(model, space, region, range(options.seeds)), strict=True
            ):
                rows.append([model, space, region, name, *figures.row()])
            report(result_of(rows, options.seeds), "distinct", options.save)  # an interrupted run keeps its rows


def result_of(rows: list[list[Any]], seeds: int) -> dict[str, Any]:
    """The results file."""
    columns = [
        {"name": "model"},
        {"name": "space"},
        {"name": "region"},
        {"name": "directions"},
        {"name": "fewest found"},
        {"name": "largest correlation", "format": ".2f"},
        {"name": "pairs above 0.7"},
        {"name": "outside", "format": ".1e"},
        {"name": "signs below the change", "format": ".1f"},
        {"name": "attribute values", "format": ".1f"},
        {"name": "processor time (distinct: added)", "unit": "s", "format": ".1f"},
    ]
    return {
        "title": "Distinct directions",
        "kind": "accuracy",
        "order": 1,
        "benchmark": f"distinct --seeds {seeds}",
        "about": f"The first {K} directions of {'seed 0' if seeds == 1 else f'seeds 0 to {seeds - 1}'}, plain eigenvectors and distinct directions: the largest correlation "
        f"between the changes of two directions inside the region at a mean squared change of {CHANGE:g} (largest absolute value over signs and "
        "images), the number of pairs above 0.7 over all images, the median change outside over all directions and signs that reach the change, the "
        "mean number of signs of 16 that do not reach the change, the mean number of attribute values (kinds, colours) that the 16 edits "
        "reach, and the median processor time: of the plain directions with an empty cache, and what the distinct directions add.",
        "machine": loaded_machine(),
        "tables": [{"id": "distinct", "columns": columns, "rows": rows}],
        "notes": [
            "Later directions change the rest of the image more than plain eigenvectors do, because repeated edits of the most local kind are left out."
        ],
    }


if __name__ == "__main__":
    main()

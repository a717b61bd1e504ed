"""Change outside the region at a change of 0.05 inside, for the best direction and for random directions, over 20 seeds.

Medians over seeds and over the signs that reach the change, and the spread of the ratio over seeds. Signs that do not reach the change
before the image breaks down are counted. W+ and S are analysed on the network's own image of 64 pixels; edits are measured on the whole image.

    python benchmarks/run.py run locality
    python benchmarks/run.py run locality --save                 # also writes results/locality_toon.json
    python benchmarks/run.py run locality --model faces-dcgan --spaces Z     # results/locality.json
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from dataclasses import dataclass, field

import resefa
from benchmarks.support.results_file import loaded_machine, report

REGIONS = ("mouth", "eyes")
SMALL = {"analysis_resolution": 64, "intermediate": True}


@dataclass
class Found:
    """The figures of one region and space over the seeds; ``missed`` counts signs."""

    best: list[float] = field(default_factory=list)
    random: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    missed: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def outside(self) -> tuple[float, float]:
        """Median change outside of the best direction and of random directions."""
        return _median(self.best), _median(self.random)


def _median(values: list[float]) -> float:
    return statistics.median(values) if values else math.nan


def _ratio(best: float, random: float) -> str | None:
    return None if math.isnan(random / best) else f"1/{random / best:.0f}"


def measured(generator, region: str, space: str, seeds: int, change: float) -> Found:
    """The best direction of each seed beside random directions of the same space."""
    found = Found()
    small = SMALL if space in ("W+", "S") and max(generator.resolution) > 64 else {}
    for seed in range(seeds):
        code = generator.sample(seed)
        start = time.perf_counter()
        direction = resefa.discover(generator, code, region, k=1, space=space, cache=resefa.JacobianCache(), **small)[0]
        found.seconds.append(time.perf_counter() - start)
        at = resefa.locality(generator, code, direction, change, random_seed=1000 + 10 * seed)
        reached = [side for side in (at.calibration.up, at.calibration.down) if side.attained]
        found.missed += 2 - len(reached)
        if reached:
            found.best += [side.change.outside for side in reached]
            if not math.isnan(at.random_outside):  # some random direction reaches the change
                found.random.append(at.random_outside)
                found.ratios.append(at.against_random)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="toon-faces")
    parser.add_argument("--spaces", nargs="+", default=["W", "W+", "S"])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--change", type=float, default=0.05)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/locality_toon.json")
    options = parser.parse_args()
    generator = resefa.load(options.model)
    print(f"{options.model}, seeds 0 to {options.seeds - 1}, mean squared change inside {options.change}")
    print("region space  outside, best  outside, random  best / random  worst seed  above 1/5  not reached  seconds")
    rows = []
    for region in REGIONS:
        for space in options.spaces:
            found = measured(generator, region, space, options.seeds, options.change)
            best, random = found.outside
            seconds, worst = statistics.median(found.seconds), max(found.ratios, default=math.nan)
            print(
                f"{region:6} {space:5} {best:14.2e} {random:16.4f} {best / random:14.4f} {worst:11.2f} "
                f"{sum(r > 0.2 for r in found.ratios):10d} {found.missed:12d} {seconds:8.1f}",
                flush=True,
            )
            missed = f"{found.missed} of {2 * options.seeds}"
            rows.append(
                [
                    region,
                    space,
                    *(None if math.isnan(value) else value for value in (best, random)),
                    _ratio(best, random),
                    None if math.isnan(worst) else worst,
                    missed,
                    seconds,
                ]
            )
    columns = [
        {"name": "region"},
        {"name": "space"},
        {"name": "outside, best direction", "format": ".1e"},
        {"name": "outside, random direction", "format": ".4f"},
        {"name": "ratio"},
        {"name": "worst ratio of a seed", "format": ".2f"},
        {"name": "signs that miss the change"},
        {"name": "discovery", "unit": "s", "format": ".1f"},
    ]
    result = {
        "title": "How local the best direction is: toon-faces",
        "kind": "accuracy",
        "order": 0,
        "benchmark": f"locality --model {options.model} --seeds {options.seeds} --spaces {' '.join(options.spaces)}",
        "about": f"`{options.model}`, seeds 0 to {options.seeds - 1}: the best direction and random directions at the same mean squared change "
        f"inside the region ({options.change:g} on images in [-1, 1]); median change outside over the signs that reach the change, with "
        "the boxes of the presets. W is analysed on the whole image, W+ and S on the network's image of 64 pixels; every edit is measured "
        "on the whole image.",
        "machine": loaded_machine(),
        "tables": [{"id": "locality-toon", "columns": columns, "rows": rows}],
        "notes": [
            "Seeds on which no random direction reaches the change take no part in the columns of random directions and ratios."
        ],
    }
    report(result, "locality_toon", options.save)


if __name__ == "__main__":
    main()

"""Directions optimised over the layers that the edit moves, against directions optimised over all layers.

The comparison needs a style network of faces. No published weights are available here, so ``support/small_style_network.py``
trains a small network to imitate faces-dcgan, unless ``--weights`` names an existing file. New weights are saved
under that name.

    python benchmarks/run.py run edited_layers --weights small-style-faces.safetensors
"""

from __future__ import annotations

import argparse
import math
import statistics
from dataclasses import replace
from pathlib import Path

import resefa
from benchmarks.support.small_style_network import pictures_of, teach

LAYERS = (None, "0-3", "2-5", "4-7", "6-9")
REGIONS = ("mouth", "eyes")


def outside(generator: resefa.Generator, code: resefa.LatentCode, direction: resefa.Directions, change: float) -> float:
    """Change outside at ``change`` inside, the geometric mean of both signs; infinite where that is not reached."""
    found = resefa.calibrate(generator, code, direction, change)
    return math.sqrt(found.plus.outside * found.minus.outside) if found.attained else math.inf


def measured(
    generator: resefa.Generator, seed: int, change: float
) -> dict[tuple[str, str | None], tuple[float, float]]:
    """Per region and layers: of the direction optimised over these layers, and of the one over all, moved on these."""
    code = generator.sample(seed, space="W")
    whole = {region: resefa.discover(generator, code, region, space="W", k=1)[0] for region in REGIONS}
    found = {}
    for layers in LAYERS:
        for region in REGIONS:
            every = whole[region]
            own = resefa.discover(generator, code, region, space="W", layers=layers, k=1)[0] if layers else every
            every = replace(every, provenance=replace(every.provenance, layers=own.provenance.layers))
            found[region, layers] = tuple(outside(generator, code, each, change) for each in (own, every))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--change", type=float, default=0.05)
    options = parser.parse_args()
    if not options.weights.exists():
        teach(*pictures_of(resefa.load("faces-dcgan")), options.weights)
    generator = resefa.load(options.weights, presets="faces-dcgan")
    rows = []
    for seed in range(options.seeds):
        rows.append(measured(generator, seed, options.change))
        print(f"seed {seed} done", flush=True)
    print(f"change outside at {options.change} inside, W, medians over seeds 0 to {options.seeds - 1}, both signs")
    table(rows)


def table(rows: list[dict[tuple[str, str | None], tuple[float, float]]]) -> None:
    """Medians over seeds; a seed that does not reach the change counts as infinite."""
    print("region  layers   optimised over these   over all   ratio of a seed   lower, higher on   not reached")
    for region in REGIONS:
        for layers in LAYERS:
            pairs = [row[region, layers] for row in rows]
            ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
            ratios = [a / b for a, b in pairs if math.isfinite(a) and math.isfinite(b)]
            ratio = statistics.median(ratios) if ratios else math.nan
            lower, higher = sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)
            missed = [sum(map(math.isinf, column)) for column in zip(*pairs, strict=True)]
            print(
                f"{region:7} {layers or 'all':8} {ours:20.4f} {theirs:10.4f} {ratio:17.2f} {lower:9d}, {higher:<7d} {missed}",
                flush=True,
            )


if __name__ == "__main__":
    main()

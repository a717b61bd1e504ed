"""Change outside the region at a change of 0.05 inside, for the best direction and for random directions, over 20 seeds.

Both signs of every direction; medians over seeds and signs, and the spread of the ratio over seeds. Directions that do not reach
the change are counted.

    python benchmarks/run.py run locality
"""

from __future__ import annotations

import argparse
import statistics

import resefa


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="faces-dcgan")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--change", type=float, default=0.05)
    options = parser.parse_args()
    generator = resefa.load(options.model)
    print(f"{options.model}, seeds 0 to {options.seeds - 1}, mean squared change inside {options.change}")
    print("region   outside, best   outside, random   best / random   worst seed   seeds above 1/5   not reached")
    for region in ("mouth", "eyes"):
        best, random, ratios, missed = [], [], [], 0
        for seed in range(options.seeds):
            code = generator.sample(seed)
            direction = resefa.discover(generator, code, region, k=1)[0]
            found = resefa.locality(generator, code, direction, options.change, random_seed=1000 + 10 * seed)
            best += [found.calibration.plus.outside, found.calibration.minus.outside]
            random.append(found.random_outside)
            ratios.append(found.against_random)
            missed += not found.calibration.attained
        ours, theirs = statistics.median(best), statistics.median(random)
        print(
            f"{region:8} {ours:13.4f} {theirs:17.4f} {ours / theirs:13.3f} {max(ratios):12.2f} {sum(r > 0.2 for r in ratios):17d} {missed:13d}"
        )


if __name__ == "__main__":
    main()

"""LowRankGAN's robust PCA and null-space projection against the generalized eigenproblem on the same Gram matrices.

faces-dcgan, mouth and eyes of three seeds, both methods turn by turn. Prints the time of the solver, and the outside
rate over the inside rate ``d^T B d / d^T A d`` (the inverse of equation 7 without the ridge; smaller is more local) of the first
direction and of the best of the first five.

    python benchmarks/run.py run low_rank
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from itertools import product

import torch
from reference.problems import image_jacobian

import resefa
from resefa.errors import SolverError
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.null_space import NullSpaceSolution, solve_null_space
from resefa.solvers.solution import Solution

K = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 7, 10])
    parser.add_argument("--lambdas", type=float, nargs="+", default=[0.1, 0.0377])
    parser.add_argument("--relaxations", type=int, nargs="+", default=[0, 20])
    options = parser.parse_args()
    generator = resefa.load("faces-dcgan")
    times: dict[str, list[float]] = {}
    quotients: dict[str, list[tuple[float, float]]] = {}
    notes: dict[str, str] = {}
    for region, seed in product(("mouth", "eyes"), options.seeds):
        jacobian = image_jacobian(generator, generator.sample(seed), generator.resolution)
        weights = resefa.Region.parse(region, generator.presets).weights(*generator.resolution)
        a, b = (jacobian.gram(part).mean for part in (weights.edit, weights.protect))
        sides: dict[str, Callable[[], Solution | NullSpaceSolution]] = {
            "ours, Cholesky": lambda a=a, b=b: solve_cholesky(a, b, k=K)
        }
        for sparsity, relaxation in product(options.lambdas, options.relaxations):
            sides[f"low rank, lambda {sparsity:g}, relaxation {relaxation}"] = (
                lambda a=a, b=b, s=sparsity, r=relaxation: solve_null_space(a, b, k=K, sparsity=s, relaxation=r)
            )
        for name, side in sides.items():
            if name == "ours, Cholesky":
                side()  # warms up
            start = time.perf_counter()
            try:
                solution = side()
            except SolverError as error:
                notes[name] = str(error)
                continue
            times.setdefault(name, []).append(time.perf_counter() - start)
            rates = [((solution.vectors @ gram) * solution.vectors).sum(1) for gram in (b, a)]
            quotient = rates[0] / rates[1]
            quotients.setdefault(name, []).append((float(quotient[0]), float(quotient.min())))
            notes[name] = solution.certificate.sentence() if isinstance(solution, Solution) else solution.status
    print(f"{generator!r}, {torch.get_num_threads()} threads; medians over regions and seeds {options.seeds}")
    print(f"{'side':42} {'time, ms':>10} {'first':>8} {'best of 5':>10}   the last one's status")
    for name, status in notes.items():
        if name not in times:
            print(f"{name:42} refused: {status}")
            continue
        first, best = (statistics.median(column) for column in zip(*quotients[name], strict=True))
        print(f"{name:42} {statistics.median(times[name]) * 1e3:10.1f} {first:8.4f} {best:10.4f}   {status}")


if __name__ == "__main__":
    main()

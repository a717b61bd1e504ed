"""The Jacobian of the default generator cut at 64 pixels, and the solve: resefa, torch.func.jacfwd, the published row-by-row procedure.

All sides take turns in one process; medians, as ratios to the floor: n forward passes in one batch. The row-by-row side is timed on
some of its rows and extrapolated, because every row costs the same. Afterwards each side runs again in a fresh process to measure
its peak memory beyond the loaded generator.

    python benchmarks/run.py run jacobian
    python benchmarks/run.py run jacobian --save                             # also writes results/jacobian_toon.json
    python benchmarks/run.py run jacobian --model faces-dcgan --space Z      # results/jacobian.json
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time

import torch
from reference.problems import image_jacobian
from torch.utils.flop_counter import FlopCounterMode

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.runtime.jacobian_cache import JacobianCache

ROWS = 64


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="toon-faces-64")
    parser.add_argument("--space", default="W")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/jacobian_toon.json")
    parser.add_argument("--memory-of", help="run this side once and print its peak in MiB; used by the script itself")
    options = parser.parse_args()
    generator = resefa.load(options.model)
    space = options.space
    code = generator.convert(generator.sample(7), space)
    n, size = code.values.shape[1], generator.resolution
    region = resefa.Region.parse("mouth", generator.presets)
    batch = generator.convert(generator.sample(range(n)), space).values
    values = generator.channels * size[0] * size[1]

    def flat(z: torch.Tensor) -> torch.Tensor:
        return generator.render(z[None], space).flatten()

    def floor() -> None:
        with torch.no_grad():
            generator.render(batch, space)

    def ours() -> None:
        image_jacobian(generator, code, size, cache=JacobianCache())

    def ours_with_solve() -> None:
        resefa.discover(generator, code, region, cache=JacobianCache())

    def jacfwd() -> None:
        with torch.no_grad():
            torch.func.jacfwd(flat)(code.values[0])

    def row_by_row() -> None:
        z = code.values[0].clone().requires_grad_()
        output = flat(z)
        for i in range(0, values, values // ROWS):
            torch.autograd.grad(output[i], z, retain_graph=True)

    kept = JacobianCache()
    if not options.memory_of:
        resefa.discover(generator, code, region, cache=kept)

    def second_region() -> None:
        resefa.discover(generator, code, resefa.Region.parse("eyes", generator.presets), cache=kept)

    sides = {
        "floor: n forward passes, one batch": (floor, 1.0),
        "ours, Jacobian": (ours, 1.0),
        "ours, Jacobian and solve": (ours_with_solve, 1.0),
        "torch.func.jacfwd": (jacfwd, 1.0),
        "row by row, reverse mode (extrapolated)": (row_by_row, values / len(range(0, values, values // ROWS))),
        "ours, a second region": (second_region, 1.0),
    }
    if options.memory_of:
        before = peak()
        sides[options.memory_of][0]()
        print(f"{peak() - before:.0f}")
        return
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(options.rounds + 1):
        for name, (side, factor) in sides.items():
            start = time.perf_counter()
            side()
            if turn:  # the first turn warms up
                times[name].append((time.perf_counter() - start) * factor)
    with FlopCounterMode(display=False) as counter:
        floor()
    base = statistics.median(times["floor: n forward passes, one batch"])
    print(
        f"{generator!r}, n = {n}, {options.rounds} rounds, {torch.get_num_threads()} threads, torch {torch.__version__}"
    )
    print(f"floor: {counter.get_total_flops() / 1e9:.1f} GFLOP")
    print(f"{'side':42} {'median':>12} {'':>16} {'extra memory':>14}")
    rows = []
    for name, found in times.items():
        median = statistics.median(found)
        command = [sys.executable, "-m", "benchmarks.speed.jacobian", "--model", options.model]
        command += ["--space", space, "--memory-of", name]
        memory = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        print(f"{name:42} {median * 1e3:9.1f} ms {median / base:8.2f} x floor {memory:>10} MiB")
        rows.append([name, median / base, median * 1e3, int(memory)])
    columns = [
        {"name": "computation"},
        {"name": "time over the floor", "format": ".2f"},
        {"name": "time", "unit": "ms", "format": ".0f"},
        {"name": "memory", "unit": "MiB"},
    ]
    result = {
        "title": f"Jacobian of {options.model}",
        "kind": "speed",
        "order": 0,
        "benchmark": f"jacobian --model {options.model} --space {space} --rounds {options.rounds}",
        "about": f"The whole Jacobian of `{options.model}` in {space} ({n} dimensions, {size[0]} x {size[1]} x {generator.channels}), with and "
        f"without the eigenproblem. All sides take turns in one process; medians of {options.rounds} turns. The floor: "
        f"{counter.get_total_flops() / 1e9:.1f} GFLOP. Memory: the peak beyond the loaded generator, each side in a fresh process.",
        "machine": loaded_machine(),
        "tables": [{"id": "jacobian-toon", "columns": columns, "rows": rows}],
        "notes": [],
    }
    report(result, "jacobian_toon", options.save)


def peak() -> float:
    """The most memory that this process has held so far, in MiB. (Linux hands ru_maxrss on from the parent.)"""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2**10
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    main()

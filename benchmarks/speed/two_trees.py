"""The speed of one tree beside another: discovery on faces-dcgan, and 256 tangents of a StyleGAN2 with 256 pixels.

    python benchmarks/run.py run two_trees --old ../old-checkout

Each tree runs in its own process; the two take turns, task by task, with one thread. The figures are ratios new / old of the medians and of
the fastest turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

TASKS = ("discover", "second region", "stylegan2 tangents")
WORKER = """
import importlib, sys, time, warnings
sys.path.insert(0, sys.argv[1] + "/src")
import torch
torch.set_num_threads(1)
import resefa
warnings.simplefilter("ignore")

def first(*names):
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            pass
    raise ImportError(names)

JacobianCache = first("resefa.runtime.jacobian_cache", "resefa.operators.jacobian_cache").JacobianCache
StyleGAN2Network = first("resefa.networks.stylegan2", "resefa.generators.networks.stylegan2").StyleGAN2Network
faces = resefa.load("faces-dcgan")
code, warm = faces.sample(7), JacobianCache()
resefa.discover(faces, code, "mouth", k=8, cache=warm)

torch.manual_seed(0)
blocks = [4, 8, 16, 32, 64, 128, 256]
network = StyleGAN2Network({
    "z_dim": 512, "label_dim": 0, "embed_dim": 0, "w_dim": 512, "mapping_widths": [512] * 8, "lr_multiplier": 0.01,
    "blocks": blocks, "widths": [min(32768 // block, 512) for block in blocks], "const": [4, 4], "channels": 3,
    "architecture": "skip", "noise": True, "conv_clamp": None,
}).eval().requires_grad_(False)
image = lambda w: network.synthesis(network.styles(w[:, None].expand(-1, network.num_layers, -1)))
operator = resefa.JacobianOperator(image, torch.randn(1, 512))
columns = torch.eye(512)[: int(sys.argv[2])]

tasks = {
    "discover": lambda: resefa.discover(faces, code, "mouth", k=8, cache=JacobianCache()),
    "second region": lambda: resefa.discover(faces, code, "eyes", k=8, cache=warm),
    "stylegan2 tangents": lambda: operator.apply(columns),
}
for task in tasks.values():
    task()
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    tasks[line.strip()]()
    print(time.perf_counter() - start, flush=True)
"""


class Worker:
    """One tree in its own process."""

    def __init__(self, tree: Path, columns: int) -> None:
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        environment.pop("PYTHONPATH", None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tree.resolve()), str(columns)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        self.answer()

    def answer(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit("a worker ended early")
        return line.strip()

    def seconds(self, task: str) -> float:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{task}\n")
        self.process.stdin.flush()
        return float(self.answer())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", type=Path, required=True, help="a checkout of the other tree")
    parser.add_argument("--new", type=Path, default=Path(__file__).parents[2])
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--columns", type=int, default=16, help="tangents of the StyleGAN2 per turn")
    given = parser.parse_args()
    workers = {"old": Worker(given.old, given.columns), "new": Worker(given.new, given.columns)}
    for task in TASKS:
        turns = given.turns if task != "stylegan2 tangents" else max(3, given.turns // 3)
        times: dict[str, list[float]] = {"old": [], "new": []}
        for turn in range(turns):
            for side in ("old", "new") if turn % 2 else ("new", "old"):
                times[side].append(workers[side].seconds(task))
        medians = {side: statistics.median(each) for side, each in times.items()}
        print(
            f"{task:20} old {medians['old']:.4f} s, new {medians['new']:.4f} s, ratio {medians['new'] / medians['old']:.3f} "
            f"(fastest turns {min(times['new']) / min(times['old']):.3f}, {turns} turns)"
        )
    for worker in workers.values():
        worker.process.kill()


if __name__ == "__main__":
    main()

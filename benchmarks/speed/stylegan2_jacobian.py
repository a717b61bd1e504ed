"""The Jacobian of StyleGAN2 at full size: resefa, jacfwd on two forms of the network, and the published procedure.

StyleGAN2 256, config f widths, random weights, W (n = 512), all three channels. All sides take turns in one process; medians per
column, as ratios to the floor: the forward passes of a batch. A whole Jacobian takes minutes, so each side computes a part of its
columns per turn, and the published procedure (one backward pass per output value, network with modulated weights) a part of its
rows; both are extrapolated. ``--full`` then computes the whole Jacobian and both Gram matrices with resefa. Peak memory is measured
in a fresh process for each side.

    python benchmarks/run.py run stylegan2_jacobian --columns 32 --full
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch
from reference.problems import image_jacobian, jacobian_operator
from torch.utils.flop_counter import FlopCounterMode

import resefa
from benchmarks.speed.jacobian import peak
from benchmarks.speed.networks import stylegan2
from benchmarks.support.modulated_stylegan2 import synthesis
from resefa.checkpoints.record import CheckpointRecord
from resefa.generators.style import StyleGenerator
from resefa.networks.stylegan2 import StyleGAN2Network
from resefa.runtime.allocator import large_buffers_kept
from resefa.runtime.jacobian_cache import JacobianCache

FLOOR, KEPT, OURS = "floor: batched forward passes", "floor, its buffers kept as ours are", "ours"
JACFWD, MODULATED, ROWS = "jacfwd, the same network", "jacfwd, modulated weights", "row by row, modulated weights"


def generator_of(resolution: int) -> StyleGenerator:
    torch.manual_seed(0)
    config = stylegan2(resolution)
    network = StyleGAN2Network(config)
    tensors = {name: value.detach() for name, value in network.state_dict().items()}
    record = CheckpointRecord("stylegan2", config, tensors)
    return StyleGenerator(
        record, StyleGAN2Network, name="random", presets="ffhq", device=torch.device("cpu"), dtype=torch.float32
    )


def sides_of(generator: StyleGenerator, options: argparse.Namespace) -> dict[str, tuple[Callable[[], object], float]]:
    """Side -> (one turn, columns of the Jacobian that it is worth)."""
    code = generator.sample(0, "W")
    point, count = code.values[0], options.columns
    batch = generator.sample(range(count), "W").values
    values = generator.channels * generator.resolution[0] * generator.resolution[1]
    columns = torch.eye(len(point))[:count]

    def floor() -> None:
        with torch.no_grad():
            for block in batch.split(options.batch):
                generator.render(block, "W")

    def kept() -> None:
        with large_buffers_kept():
            floor()

    operator = jacobian_operator(generator, code)

    def ours() -> None:
        operator.apply(columns)

    def jacfwd_of(function: Callable[[torch.Tensor], torch.Tensor], chunk: int) -> Callable[[], None]:
        # It knows no chunks, so it is given some of the coordinates at a time.
        def side() -> None:
            with torch.no_grad():
                for start in range(0, count, chunk):
                    rest = point[:start], point[start + chunk :]
                    some = point[start : start + chunk]
                    torch.func.jacfwd(lambda d, rest=rest: function(torch.cat([rest[0], d, rest[1]])[None]).flatten())(
                        some
                    )

        return side

    def row_by_row() -> None:
        w = point.clone().requires_grad_()
        output = synthesis(generator.network, w[None]).flatten()
        for i in range(0, values, values // options.rows):
            torch.autograd.grad(output[i], w, retain_graph=True)

    rows = len(range(0, values, values // options.rows))
    return {
        FLOOR: (floor, count),
        KEPT: (kept, count),
        OURS: (ours, count),
        **{
            f"{JACFWD}, chunks of {chunk}": (jacfwd_of(lambda w: generator.render(w, "W"), chunk), count)
            for chunk in options.jacfwd_chunks
        },
        MODULATED: (jacfwd_of(lambda w: synthesis(generator.network, w), options.modulated_chunk), count),
        ROWS: (row_by_row, len(point) * rows / values),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--resolution", type=int, default=256)
    parser.add_argument("--columns", type=int, default=32, help="of each Jacobian per turn, 512 being all")
    parser.add_argument("--rows", type=int, default=20, help="of the row-by-row side per turn")
    parser.add_argument("--batch", type=int, default=8, help="images in a batch of the floor")
    parser.add_argument("--jacfwd-chunks", type=int, nargs="+", default=[8, 16], help="a side each")
    parser.add_argument("--modulated-chunk", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="one whole Jacobian of ours with a region's directions")
    parser.add_argument("--only-full", action="store_true")
    parser.add_argument("--memory-of", help="run this side once and print its peak in MiB; used by the script itself")
    options = parser.parse_args()
    generator = generator_of(options.resolution)
    if options.only_full:
        full(generator, options)
        return
    sides = sides_of(generator, options)
    if options.memory_of:
        sides[options.memory_of][0]()
        print(f"{peak():.0f}")
        return
    w = generator.sample([0, 1], "W").values
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        ours, other = generator.render(w, "W"), synthesis(generator.network, w)
    print(f"{generator!r}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"both forms of the network: largest difference {float((ours - other).abs().max() / ours.abs().max()):.1e}")
    print(f"an image: {counter.get_total_flops() / 4e9:.0f} GFLOP (both forms alike); "
          f"{options.columns} of 512 columns and {options.rows} rows per turn, {options.rounds} rounds", flush=True)  # fmt: skip
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(options.rounds):
        for name, (side, worth) in sides.items():
            start = time.perf_counter()
            side()
            times[name].append((time.perf_counter() - start) / worth)
            print(f"  {name}: {times[name][-1]:.3f} s per column", file=sys.stderr, flush=True)
    print(f"{'side':40} {'per column':>12} {'all 512':>10} {'against the floor':>20} {'peak memory':>12}")
    for name, found in times.items():
        # Turn by turn, so that a busy moment of the machine weighs on both.
        ratio = statistics.median(a / b for a, b in zip(found, times[FLOOR], strict=True))
        middle = statistics.median(found)
        command = [sys.executable, "-m", "benchmarks.speed.stylegan2_jacobian", *sys.argv[1:], "--memory-of", name]
        memory = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        print(f"{name:40} {middle * 1e3:9.0f} ms {middle * 512:8.0f} s {ratio:18.2f} x {memory:>8} MiB", flush=True)
    if options.full:
        full(generator, options)


def full(generator: StyleGenerator, options: argparse.Namespace) -> None:
    """The whole of it, batches of the floor before and after."""
    code, cache = generator.sample(0, "W"), JacobianCache()
    batch = generator.sample(range(options.batch), "W").values

    def floor() -> float:
        with torch.no_grad():
            generator.render(batch, "W")
            start = time.perf_counter()
            for _ in range(3):
                generator.render(batch, "W")
        return (time.perf_counter() - start) / 3 / len(batch)

    before = floor()
    start = time.perf_counter()
    image_jacobian(generator, code, generator.resolution, cache=cache)
    jacobian = time.perf_counter() - start
    times = {}
    for name, region in (("mouth, the first region", "mouth"), ("eyes", "eyes"), ("half of the image", "box:0,0,128,256"),
                         ("a box of 181 x 181", "box:37,38,181,181"), ("mouth once more", "mouth")):  # fmt: skip
        start = time.perf_counter()
        resefa.discover(generator, code, resefa.Region.parse(region, generator.presets), cache=cache)
        times[name] = time.perf_counter() - start
    after = floor()
    base = 512 * (before + after) / 2
    whole = jacobian + times["mouth, the first region"]
    print(f"whole Jacobian {jacobian:.0f} s, with both Gram matrices and the solve {whole:.1f} s: {whole / base:.2f} x 512 "
          f"forward passes ({before * 1e3:.0f} ms each before, {after * 1e3:.0f} after); peak memory {peak():.0f} MiB")  # fmt: skip
    for name, took in times.items():
        print(f"  {name}: {took * 1e3:.0f} ms")


if __name__ == "__main__":
    main()

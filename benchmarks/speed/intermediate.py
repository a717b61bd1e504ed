"""Analysis of StyleGAN2's intermediate image against the area average of the full image: time of the Jacobian, angles, quotients.

StyleGAN2 adds up one image per resolution. ``--intermediate`` analyses the sum at the analysis resolution and skips the layers
above, which then have no derivative. Prints the time of both Jacobians turn by turn, the principal angles between the best
directions, and the Rayleigh quotients of the intermediate's directions in the averaged problem over the best ones of that problem.

    python benchmarks/run.py run intermediate --weights small-style-faces.safetensors
    python benchmarks/run.py run intermediate --random 128 --at 64 --space W
    python benchmarks/run.py run intermediate --random 1024 --at 256 --columns 8    # time and memory of a few columns
"""

from __future__ import annotations

import argparse
import resource
import time

import torch
from reference.problems import image_jacobian, jacobian_operator
from torch import Tensor

import resefa
from benchmarks.speed.stylegan2_jacobian import generator_of
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.solvers.cholesky import solve_cholesky


def angles(a: Tensor, b: Tensor) -> Tensor:
    """Principal angles of the rows' spans, in degrees."""
    qa, qb = (torch.linalg.qr(each.double().T).Q for each in (a, b))
    return torch.rad2deg(torch.arccos(torch.linalg.svdvals(qa.T @ qb).clamp(max=1)))


def columns(generator, options: argparse.Namespace) -> None:
    """Time of a few columns, turn by turn; the whole generator's last, whose memory is the larger one."""
    code = generator.sample(0, options.space)
    n = code.values.shape[1]
    directions = torch.eye(n)[: options.columns]
    for name, source in (("intermediate", generator.at_resolution(options.at)), ("average", generator)):
        operator = jacobian_operator(source, code, (options.at, options.at))
        for turn in range(options.seeds):
            start = time.perf_counter()
            operator.apply(directions)
            taken = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            print(
                f"turn {turn}, {name}: {taken / len(directions):.2f} s a column of {n}, peak so far {peak:.1f} GiB",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights")
    parser.add_argument(
        "--random", type=int, default=0, help="a StyleGAN2 of random weights at this resolution instead"
    )
    parser.add_argument("--at", type=int, default=32)
    parser.add_argument("--space", default="W")
    parser.add_argument("--layers")
    parser.add_argument("--columns", type=int, default=0, help="time so many columns and stop")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    generator = generator_of(options.random) if options.random else resefa.load(options.weights, presets="faces-dcgan")
    size = (options.at, options.at)
    print(f"{generator!r}, analysed at {size}, {options.space}, layers {options.layers or 'all'}")
    if options.columns:
        columns(generator, options)
        return
    for seed in range(options.seeds):
        code = generator.sample(seed, options.space)
        motion = generator.motion(options.space, options.layers, code.space)
        found, times = [], []
        for source in (generator, generator.at_resolution(options.at)):
            start = time.perf_counter()
            jacobian = image_jacobian(source, code, size, motion=motion, cache=JacobianCache(capacity=2**33))
            times.append(time.perf_counter() - start)
            found.append(jacobian)
        for name in ("mouth", "eyes"):
            where = resefa.Region.parse(name, generator.presets).weights(*generator.resolution).resized(*size)
            pairs = [[j.gram(part).mean for part in (where.edit, where.protect)] for j in found]
            average, own = (solve_cholesky(*pair, k=5) for pair in pairs)
            a, b = pairs[0]
            v = own.vectors
            ratio = ((v @ a) * v).sum(1) / (((v @ b) * v).sum(1) + average.certificate.ridge) / average.eigenvalues
            print(
                f"seed {seed}, {name}: Jacobians {times[0]:.2f} s and {times[1]:.2f} s ({times[0] / times[1]:.1f} x); first "
                f"{float(angles(own.vectors[:1], average.vectors[:1])[0]):.0f} degrees, three "
                f"{', '.join(f'{float(x):.0f}' for x in angles(own.vectors[:3], average.vectors[:3]))}; quotients over the best "
                f"{', '.join(f'{float(r):.2f}' for r in ratio)}",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""The matrix-free and prepared solvers against the whole Jacobian: products, time, memory and quotients.

Three problems. ``trained``: a small style network (``edited_layers`` trains its weights), where the whole W+ Jacobian gives the
reference; the prepared solver runs too. ``w``: StyleGAN2 256, config f, random weights, W (n = 512); the time of the whole Jacobian is
extrapolated from a part of its columns (``--full`` computes all, and the reference). ``w+``: the same network in W+ (n = 7,168).

    python benchmarks/run.py run matrix_free trained --weights small-style-faces.safetensors
    python benchmarks/run.py run matrix_free w --full
    python benchmarks/run.py run matrix_free w+
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
from resefa.directions.directions import Directions
from resefa.generators.protocol import Generator
from resefa.jacobian.dense import ImageJacobian
from resefa.regions.region import Region
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.session import SHARED_CACHE
from resefa.solvers.cholesky import solve_cholesky

K = 8


def timed(call):
    start = time.perf_counter()
    return call(), time.perf_counter() - start


def compared(found: Directions, jacobian: ImageJacobian, region: Region) -> str:
    """Quotients of the directions in the whole problem over the best ones, and how far their spans are apart."""
    weights = region.weights(*jacobian.image_shape[1:])
    a, b = (jacobian.gram(part).mean for part in (weights.edit, weights.protect))
    best = solve_cholesky(a, b, k=K)
    v = found.vectors.double()
    quotients = ((v @ a) * v).sum(1) / (((v @ b) * v).sum(1) + best.certificate.ridge)
    ratio = quotients / best.eigenvalues

    def span(vectors: Tensor) -> Tensor:
        return torch.linalg.qr(vectors[:5].double().T).Q

    angle = torch.rad2deg(torch.arccos(torch.linalg.svdvals(span(v).T @ span(best.vectors)).clamp(max=1)))
    return (
        f"quotients over the best {', '.join(f'{float(r):.4f}' for r in ratio)}; the five best turn by up to "
        f"{float(angle.max()):.1f} degrees; rank {best.certificate.rank}, {int((torch.linalg.eigvalsh(b) > best.certificate.ridge).sum())} above the ridge"
    )


def searched(generator: Generator, code, region: Region, **options) -> Directions:
    found, seconds = timed(lambda: resefa.discover(generator, code, region, k=K, solver="matrix-free", **options))
    print(f"  {region.text}, {options}: {seconds:.1f} s\n    {found.status}", flush=True)
    return found


def trained(options: argparse.Namespace) -> None:
    generator = resefa.load(options.weights, presets="faces-dcgan")
    cache = JacobianCache(capacity=2**33)
    for seed in range(options.seeds):
        code = generator.sample(seed, "W+")
        jacobian, seconds = timed(lambda: image_jacobian(generator, code, generator.resolution, cache=cache))  # noqa: B023
        print(f"seed {seed}, W+, n = {jacobian.shape[1]}: the whole Jacobian {seconds:.1f} s")
        SHARED_CACHE.clear()
        for name in ("mouth", "eyes"):
            region = Region.parse(name, generator.presets)
            for more in ({}, {"products": jacobian.shape[1] // 10}):
                found = searched(generator, code, region, cache=JacobianCache(), **more)
                print(f"    {compared(found, jacobian, region)}", flush=True)
        prepared(generator, code, jacobian, ("mouth", "eyes", "nose", "chin"))


def prepared(generator: Generator, code, jacobian: ImageJacobian, names: tuple[str, ...]) -> None:
    """An image prepared once, and each region after that."""
    cache = JacobianCache(capacity=2**33)
    for name in names:
        region = Region.parse(name, generator.presets)
        found, seconds = timed(
            lambda: resefa.discover(generator, code, region, k=K, space="W+", solver="prepared", cache=cache)  # noqa: B023
        )
        print(
            f"  {name}, prepared: {seconds:.3f} s\n    {found.status}\n    {compared(found, jacobian, region)}",
            flush=True,
        )


def second_region(generator: Generator, code, name: str, cache: JacobianCache) -> float:
    """Seconds of another region on an image whose Jacobian is kept."""
    where = Region.parse(name, generator.presets)
    return timed(lambda: resefa.discover(generator, code, where, solver="cholesky", cache=cache))[1]


def full_size(options: argparse.Namespace) -> None:
    generator = generator_of(256)
    code = generator.sample(0, "W")
    region = Region.parse("ffhq:mouth", generator.presets)
    operator = jacobian_operator(generator, code)
    chunk = operator.chunk_for(512)
    operator.apply(torch.randn(2, 512))
    forward, reverse = [], []
    for _ in range(options.rounds):  # turn by turn
        forward.append(timed(lambda: operator.apply(torch.randn(chunk, 512)))[1] / chunk)
        reverse.append(timed(lambda: operator.adjoint(torch.randn(chunk, operator.shape[0])))[1] / chunk)
    print(f"a forward product {min(forward):.3f} s, a reverse one {min(reverse):.3f} s, in chunks of {chunk}")
    space = options.problem.upper()
    found = searched(generator, code, region, space=space)
    searched(generator, code, Region.parse("ffhq:eyes", generator.presets), space=space)
    n = found.vectors.shape[1]
    print(f"  the whole Jacobian's {n} columns at that pace: {n * min(forward):.0f} s")
    if options.full:
        cache = JacobianCache(folder=options.keep)
        whole = generator.convert(code, space)
        jacobian, seconds = timed(lambda: image_jacobian(generator, whole, generator.resolution, cache=cache))
        print(f"  the whole Jacobian: {seconds:.0f} s; {compared(found, jacobian, region)}")
        for again in ("ffhq:mouth", "ffhq:eyes", "ffhq:nose") if space == "W" else ():
            print(f"  {again} from it: {second_region(generator, code, again, cache) * 1e3:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("problem", choices=("trained", "w", "w+"))
    parser.add_argument("--weights", help="of the trained network")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--full", action="store_true", help="the whole Jacobian too (minutes; W+ an hour and 6 GB)")
    parser.add_argument("--keep", help="a folder for it, where an interrupted one goes on")
    options = parser.parse_args()
    (trained if options.problem == "trained" else full_size)(options)
    print(
        f"peak RSS {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB, {torch.get_num_threads()} threads"
    )


if __name__ == "__main__":
    main()

"""Time and memory against latent dimensions, pixels and products, as curves.

Dimensions: the first layers of W+ of a trained small style network, whole Jacobian and matrix-free solver. Pixels: StyleGAN2, config f
widths, random weights, W, networks of 32 to 256 pixels; some columns, extrapolated to 512. Products: a bound on the matrix-free
search in the whole W+ of the small network, and the quotients over the best ones. Peak memory beyond the loaded generator is measured
in a fresh process for each point.

    python benchmarks/run.py run scaling --weights small-style-faces.safetensors --out docs/pictures/scaling.png
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import torch
from reference.problems import image_jacobian, jacobian_operator

import resefa
from benchmarks.speed.jacobian import peak
from benchmarks.speed.stylegan2_jacobian import generator_of
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.solvers.cholesky import solve_cholesky

K = 8
LAYERS = (0, 1, 2, 4, 6, 9)
RESOLUTIONS = (32, 64, 128, 256)
PRODUCTS = (80, 112, 144, 176, 208, 256, 384, 512)


def by_dimensions(weights: str, last: int, solver: str) -> dict[str, float]:
    generator = resefa.load(weights, presets="faces-dcgan")
    code, layers = generator.sample(0, "W+"), f"0-{last}"
    before = peak()
    resefa.discover(generator, code, "mouth", k=1, layers="0", space="W+", cache=JacobianCache())  # warms up
    start = time.perf_counter()
    found = resefa.discover(generator, code, "mouth", k=K, layers=layers, solver=solver, cache=JacobianCache())
    return {"n": found.vectors.shape[1], "seconds": time.perf_counter() - start, "mib": peak() - before}


def by_pixels(resolution: int, columns: int) -> dict[str, float]:
    generator = generator_of(resolution)
    operator = jacobian_operator(generator, generator.sample(0, "W"))
    vectors = torch.eye(512)[:columns]
    before = peak()
    operator.apply(vectors[: operator.chunk_for(512)])
    start = time.perf_counter()
    operator.apply(vectors)
    seconds = (time.perf_counter() - start) / columns * 512
    return {
        "pixels": resolution**2,
        "seconds": seconds,
        "mib": peak() - before,
        "jacobian": 512 * operator.shape[0] / 2**18,
    }


def by_products(weights: str) -> list[dict[str, float]]:
    generator = resefa.load(weights, presets="faces-dcgan")
    code = generator.sample(0, "W+")
    jacobian = image_jacobian(generator, code, generator.resolution, cache=JacobianCache(capacity=2**33))
    where = resefa.Region.parse("mouth", generator.presets).weights(*generator.resolution)
    a, b = (jacobian.gram(part).mean for part in (where.edit, where.protect))
    best = solve_cholesky(a, b, k=K)
    points = []
    for products in PRODUCTS:
        start = time.perf_counter()
        found = resefa.discover(
            generator,
            code,
            "mouth",
            k=K,
            solver="matrix-free",
            max_products=products,
            tolerance=1e-6,
            cache=JacobianCache(),
        )
        seconds = time.perf_counter() - start
        v = found.vectors.double()
        ratio = ((v @ a) * v).sum(1) / (((v @ b) * v).sum(1) + best.certificate.ridge) / best.eigenvalues
        points.append({"products": products, "seconds": seconds, "first": float(ratio[0]), "worst": float(ratio.min())})
    return points


def elsewhere(*arguments: object) -> dict[str, float]:
    """One point, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.speed.scaling", "--point", json.dumps(arguments)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def drawn(found: dict[str, list[dict[str, float]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(12, 6.4), layout="constrained")
    for key, style, label in (("cholesky", "o-", "whole Jacobian"), ("matrix-free", "s--", "products alone, 1 %")):
        points = found[key]
        for row, value in enumerate(("seconds", "mib")):
            axes[row, 0].plot([p["n"] for p in points], [p[value] for p in points], style, color="black", label=label)
    pixels = found["pixels"]
    for row, value in enumerate(("seconds", "mib")):
        axes[row, 1].loglog(
            [p["pixels"] for p in pixels],
            [p[value] for p in pixels],
            "o-",
            color="black",
            label="in flight" if row else None,
        )
    axes[1, 1].loglog(
        [p["pixels"] for p in pixels],
        [p["jacobian"] for p in pixels],
        "s--",
        color="black",
        label="J itself, 512 columns",
    )
    probes = found["products"]
    spent = [p["products"] for p in probes]
    axes[0, 2].plot(spent, [p["seconds"] for p in probes], "o-", color="black")
    axes[1, 2].plot(spent, [p["first"] for p in probes], "o-", color="black", label="first")
    axes[1, 2].plot(spent, [p["worst"] for p in probes], "s--", color="black", label="worst of eight")
    axes[1, 2].set_ylim(0, 1.03)
    titles = (
        "a style network of 64 pixels, W+",
        "StyleGAN2, config f, W",
        f"that style network, n = {found['cholesky'][-1]['n']}",
    )
    for column, (title, below) in enumerate(
        zip(titles, ("latent dimensions n", "pixels", "products with the Jacobian"), strict=True)
    ):
        axes[0, column].set_title(title)
        axes[0, column].set_ylabel("seconds")
        axes[1, column].set_ylabel("peak memory, MiB" if column < 2 else "quotient over the best")
        for axis in axes[:, column]:
            axis.set_xlabel(below)
            axis.grid(alpha=0.3)
            if axis.get_legend_handles_labels()[0]:
                axis.legend(frameon=False)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--weights", help="of the small style network (benchmarks/accuracy/edited_layers.py makes them)"
    )
    parser.add_argument("--out", type=Path, default=Path("scaling.png"))
    parser.add_argument("--columns", type=int, default=16)
    parser.add_argument("--point", help="used by the script itself")
    options = parser.parse_args()
    if options.point:
        kind, *arguments = json.loads(options.point)
        print(json.dumps({"dimensions": by_dimensions, "pixels": by_pixels}[kind](*arguments)))
        return
    found = {
        solver: [elsewhere("dimensions", options.weights, last, solver) for last in LAYERS]
        for solver in ("cholesky", "matrix-free")
    }
    found["pixels"] = [elsewhere("pixels", resolution, options.columns) for resolution in RESOLUTIONS]
    found["products"] = by_products(options.weights)
    for key, points in found.items():
        print(key)
        for point in points:
            print("  " + ", ".join(f"{name} {value:.4g}" for name, value in point.items()))
    drawn(found, options.out)


if __name__ == "__main__":
    main()

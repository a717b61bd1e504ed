"""Directions of two source trees, compared bit by bit: the check of a change of structure.

Every family of the contract suites in every space, with every solver, every form of the Jacobian and every method. Compares
vectors, eigenvalues, residuals and rates on one thread: sums on two threads may differ between two runs of one tree.

    python benchmarks/run.py run same_bits --tree OLD --save before.npz
    python benchmarks/run.py run same_bits --save after.npz
    python benchmarks/run.py run same_bits --compare before.npz after.npz
"""

# ruff: noqa: B023 -- note() calls each lambda before the loop moves on.
from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

OLD_NAMES = {
    "resefa": "region-contrast",
    "lowrankgan": "low-rank",
    "stylespace": "style-space",
    "interfacegan": "inter-face-gan",
    "jacobian-svd": "whole-jacobian",
}
FIGURES = ("vectors", "eigenvalues", "residuals", "inside_rate", "outside_rate")


def brightness(images):
    return images[:, :, 4:-4, 4:-4].mean((1, 2, 3))


SOLVERS = {
    "auto": {},
    "cholesky": {"solver": "cholesky"},
    "no-ridge": {"solver": "cholesky", "tau": 0.0},
    "woodbury": {"solver": "woodbury"},
    "matrix-free": {"solver": "matrix-free"},
    "prepared": {"solver": "prepared"},
    "float16": {"solver": "cholesky", "stored": "float16"},
    "coarse": {"analysis_resolution": 8},
}
METHODS = {
    "lowrankgan": {"sparsity": 2.0, "relaxation": 6},
    "stylespace": {"candidates": 12, "probes": 16},
    "sefa": {},
    "ganspace": {"samples": 300},
    "interfacegan": {"scorer": brightness, "samples": 200},
    "jacobian-svd": {},
    "random": {},
}


def results(tree: Path) -> dict[str, np.ndarray]:
    sys.path[:0] = [str(tree / "src"), str(tree / "tests")]
    import torch
    from reference.small import FAMILIES, small_generator

    import resefa

    torch.set_num_threads(1)
    warnings.simplefilter("ignore", resefa.ResefaWarning)
    new = (tree / "src/resefa/methods/protocol.py").exists()
    box = resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")
    kept: dict[str, np.ndarray] = {}

    def note(name: str, work) -> None:
        try:
            found = work()
        except resefa.ResefaError as error:
            kept[f"{name}/refused"] = np.array([type(error).__name__])
            return
        for figure in FIGURES:
            if (value := getattr(found, figure)) is not None:
                kept[f"{name}/{figure}"] = value.cpu().numpy()

    def discover(generator, code, region, method="resefa", **options):
        name = OLD_NAMES.get(method, method) if not new else method
        return resefa.discover(generator, code, region, method=name, **options)

    generators = {family: small_generator(family) for family in FAMILIES}
    generators["faces-dcgan"] = resefa.load("faces-dcgan")
    mixing = torch.randn(12, 3 * 6 * 10, generator=torch.Generator().manual_seed(1)) / 8
    generators["callable"] = resefa.wrap(
        lambda z: (z @ mixing.to(z)).sin().reshape(-1, 3, 6, 10) * 127.5 + 127.5, 12, (0, 255), dtype=torch.float64
    )
    for family, generator in generators.items():
        for space in generator.spaces:
            code = generator.sample([3, 4], space)
            large = generator.spaces[space].dimensions > 2000
            for name, options in SOLVERS.items():
                if large and name in ("woodbury", "no-ridge", "float16", "cholesky"):
                    continue
                if name == "coarse" and family == "callable":
                    continue
                note(
                    f"{family}/{space}/{name}",
                    lambda: discover(generator, code[0:1] if name != "auto" else code, box, k=3, **options),
                )
        if family in ("stylegan2", "faces-dcgan"):
            space = "W" if family == "stylegan2" else "Z"
            code = generator.sample([0, 1], space)
            n, (height, width) = generator.spaces[space].dimensions, generator.resolution
            size = 3 * height * width * n * generator.dtype.itemsize
            note(
                f"{family}/{space}/streamed",
                lambda: discover(generator, code, box, k=3, solver="cholesky", memory=size * 3 // 4),
            )
            sums = resefa.RegionGrams.of(generator, code[0:1], box) + resefa.RegionGrams.of(generator, code[1:2], box)
            note(f"{family}/{space}/region-grams", lambda: sums.directions(k=3))
            for method, options in METHODS.items():
                for where in generator.spaces:
                    start = generator.sample([0, 1], where)
                    note(
                        f"{family}/{where}/{method}",
                        lambda: discover(generator, start, box, method, k=3, space=where, **options),
                    )
        print(family, len(kept), flush=True)
    return kept


def compare(before: Path, after: Path) -> int:
    one, two = np.load(before), np.load(after)
    differ = sorted(set(one.files) ^ set(two.files))
    for name in sorted(set(one.files) & set(two.files)):
        a, b = one[name], two[name]
        if a.shape != b.shape or a.dtype != b.dtype:
            differ.append(f"{name}: {a.shape} {a.dtype}, {b.shape} {b.dtype}")
        elif a.tobytes() != b.tobytes():
            gap = float(np.abs(a - b).max()) if a.dtype.kind == "f" else float("nan")
            differ.append(f"{name}: off by {gap:.1e}")
    print("\n".join(differ))
    print(f"{len(one.files)} arrays before, {len(two.files)} after, {len(differ)} differ")
    return bool(differ)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, default=Path(__file__).parents[2])
    parser.add_argument("--save", type=Path)
    parser.add_argument("--compare", type=Path, nargs=2)
    given = parser.parse_args()
    if given.compare:
        sys.exit(compare(*given.compare))
    np.savez(given.save, **results(given.tree.resolve()))

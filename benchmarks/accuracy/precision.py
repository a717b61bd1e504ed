"""Agreement on faces-dcgan: with SciPy, between solvers, between precisions, between JVPs and VJPs.

The reference for six images and regions is ``scipy.linalg.eigh(A, B)`` on Gram matrices of the float64 Jacobian, summed pixel by
pixel in float64 without resefa's Gram matrices or solvers. Prints the worst case of each quantity.

    python benchmarks/run.py run precision
"""

from __future__ import annotations

from itertools import product

import numpy as np
import scipy.linalg
import torch
from reference.problems import image_jacobian, jacobian_operator

import resefa
from resefa.jacobian.linear_operator import adjoint_gap

K, TAU = 8, 1e-3


def reference(generator, code, region: str) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (K,) and unit vectors (K, n), best first."""
    jacobian = image_jacobian(generator, code, generator.resolution).matrix
    weights = resefa.Region.parse(region, generator.presets).weights(*generator.resolution)
    grams = []
    for part in (weights.edit, weights.protect):
        each = part.flatten().double().repeat(generator.channels)
        grams.append((jacobian * each[:, None]).T @ jacobian / each.sum())
    a, b = grams
    ridged = b + TAU * b.trace() * torch.eye(len(b), dtype=torch.float64)
    values, vectors = scipy.linalg.eigh(a.numpy(), ridged.numpy())
    values, vectors = values[::-1][:K], vectors[:, ::-1][:, :K].T
    return values, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def angles(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Degrees between lines, by the sine, since the cosine of a small angle is lost in rounding."""
    unit = ours / np.linalg.norm(ours, axis=1, keepdims=True)
    cosine = (unit * theirs).sum(1, keepdims=True)
    return np.degrees(np.arcsin(np.linalg.norm(unit - cosine * theirs, axis=1).clip(max=1)))


def main() -> None:
    double, single = resefa.load("faces-dcgan", dtype="float64"), resefa.load("faces-dcgan")
    worst: dict[tuple[str, str], list[float]] = {}
    for region, seed in product(("mouth", "eyes"), (0, 7, 10)):
        values, vectors = reference(double, double.sample(seed), region)
        for name, generator in (("float64", double), ("float32", single)):
            for solver in ("cholesky", "woodbury"):
                found = resefa.discover(generator, generator.sample(seed), region, k=K, tau=TAU, solver=solver)
                error = np.abs(found.eigenvalues.numpy() - values) / values
                figures = [error.max(), angles(found.vectors.double().numpy(), vectors).max()]
                figures.append(float(found.residuals.max()))
                kept = worst.setdefault((name, solver), [0.0, 0.0, 0.0])
                worst[name, solver] = [max(a, b) for a, b in zip(kept, figures, strict=True)]
    print("generator  solver     eigenvalues, relative   vectors, degrees   residual")
    for (name, solver), (value, angle, residual) in worst.items():
        print(f"{name:10} {solver:10} {value:21.1e} {angle:18.1e} {residual:10.1e}")
    for name, generator in (("float64", double), ("float32", single)):
        gap = max(adjoint_gap(jacobian_operator(generator, generator.sample(seed))) for seed in (0, 7, 10))
        print(f"|<J v, u> - <v, J^T u>| / (|J v| |u|), {name}: {gap:.1e}")


if __name__ == "__main__":
    main()

"""Products with the Jacobian: the matrix-free solver and SciPy's LOBPCG (Knyazev 2001).

The W+ Jacobian of a trained small style network is computed once and then serves as an operator, so the best quotients are known and
many runs are cheap. LOBPCG sees ``A = J^T diag(f) J`` and ``B' = J^T diag(b) J + t I`` through products only: one JVP, shared by
both, and two VJPs per block. It starts from the same sketches as resefa, with and without the Woodbury form of the background's
sketch (equation 12) as preconditioner; the products of the preconditioner count.

    python benchmarks/run.py run lobpcg --weights small-style-faces.safetensors
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import torch
from reference.problems import image_jacobian
from scipy.sparse.linalg import LinearOperator, lobpcg
from torch import Tensor

import resefa
from resefa.jacobian.linear_operator import DenseOperator
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.matrix_free import Search, solve_matrix_free
from resefa.solvers.subspace import Subspace

K, TAU = 8, 1e-3


class Counted:
    """J, its two parts, and what was spent."""

    def __init__(self, matrix: Tensor, inside: Tensor, outside: Tensor) -> None:
        self.matrix, self.parts = matrix, [(w / w.sum()).float() for w in (inside, outside)]
        self.spent = 0
        self._pushed: tuple[bytes, Tensor] | None = None

    def gram(self, part: int, block: np.ndarray) -> np.ndarray:
        """(n, k) -> (n, k); the forward products of the last block are kept for the other part."""
        name = block.tobytes()
        if self._pushed is None or self._pushed[0] != name:
            self._pushed = (name, self.matrix @ torch.from_numpy(np.ascontiguousarray(block)).float())
            self.spent += block.shape[1]
        self.spent += block.shape[1]
        return (self.matrix.T @ (self.parts[part][:, None] * self._pushed[1])).double().numpy()

    def sketch(self, part: int, count: int, seed: int) -> Tensor:
        self.spent += count
        signs = torch.randn(count, len(self.matrix), generator=torch.Generator().manual_seed(seed))
        return (signs * self.parts[part].sqrt()) @ self.matrix


def by_lobpcg(j: Counted, ridge: float, iterations: int, preconditioned: bool, seed: int) -> np.ndarray:
    n = j.matrix.shape[1]
    start = j.sketch(0, K, seed).T.double().numpy()
    operators = {
        "A": LinearOperator((n, n), matmat=lambda x: j.gram(0, x), matvec=lambda x: j.gram(0, x[:, None]), dtype=float),
        "B": LinearOperator(
            (n, n),
            matmat=lambda x: j.gram(1, x) + ridge * x,
            matvec=lambda x: j.gram(1, x[:, None]) + ridge * x,
            dtype=float,
        ),
    }
    if preconditioned:
        rows = j.sketch(1, 64, seed + 1).double() / 64**0.5
        u, s, _ = torch.linalg.svd(rows.T, full_matrices=False)
        shrink = s.square() / (s.square() + ridge)

        def inverse(x: np.ndarray) -> np.ndarray:
            t = torch.from_numpy(np.ascontiguousarray(x.reshape(n, -1)))
            return ((t - u @ (shrink[:, None] * (u.T @ t))) / ridge).numpy()

        operators["M"] = LinearOperator((n, n), matmat=inverse, matvec=inverse, dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it did not converge, which is what is measured
        _, vectors = lobpcg(X=start, largest=True, maxiter=iterations, tol=1e-12, **operators)
    return vectors.T


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", required=True)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    generator = resefa.load(options.weights, presets="faces-dcgan")
    for seed in range(options.seeds):
        code = generator.sample(seed, "W+")
        jacobian = image_jacobian(generator, code, generator.resolution, cache=JacobianCache(capacity=2**33))
        for name in ("mouth", "eyes"):
            where = resefa.Region.parse(name, generator.presets).weights(*generator.resolution)
            a, b = (jacobian.gram(part).mean for part in (where.edit, where.protect))
            best = solve_cholesky(a, b, k=K, tau=TAU)
            rows = [part.flatten().repeat(generator.channels) for part in (where.edit, where.protect)]

            def worst(vectors: Tensor, a: Tensor = a, b: Tensor = b, best=best) -> float:
                v = vectors.double()
                return float(
                    (
                        ((v @ a) * v).sum(1)
                        / (((v @ b) * v).sum(1) + best.certificate.ridge * v.square().sum(1))
                        / best.eigenvalues
                    ).min()
                )

            start = time.perf_counter()
            subspace = Subspace(DenseOperator(jacobian.matrix))
            found = solve_matrix_free(subspace, *rows, k=K, tau=TAU, search=Search(seed=seed))
            print(f"seed {seed}, {name}, n = {len(a)}: ours {found.certificate.products} products, worst quotient "
                  f"{worst(found.vectors):.4f} of the best, {time.perf_counter() - start:.1f} s")  # fmt: skip
            for preconditioned in (False, True):
                for iterations in (5, 10, 15, 20, 30, 45, 70, 100):
                    j = Counted(jacobian.matrix, *rows)
                    start = time.perf_counter()
                    quotient = worst(
                        torch.from_numpy(by_lobpcg(j, best.certificate.ridge, iterations, preconditioned, seed))
                    )
                    print(f"    LOBPCG{', Woodbury' if preconditioned else ''}, {iterations} iterations: {j.spent} products, worst "
                          f"{quotient:.4f}, {time.perf_counter() - start:.1f} s", flush=True)  # fmt: skip
                    if quotient > 0.99:
                        break


if __name__ == "__main__":
    main()

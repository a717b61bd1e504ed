"""The eigenproblem alone: resefa's solvers, scipy.linalg.eigh, and the published inv followed by eig.

Planted problems: A and B share orthonormal eigenvectors, the eigenvalues of B fall evenly in the logarithm over the condition number
(the square of the span of the Jacobian's singular values), and the quotients fall by factors of 0.8, so the five best directions are
known. Real problems: faces-dcgan, n = 100; the reference is scipy.linalg.eigh in float64. The published procedure gets
factors in float32, as its Jacobians are, and in float64. All sides take turns; medians; the angle is the largest principal angle of
the five best directions. resefa's time includes rank, condition, residuals and the certificate.

    python benchmarks/run.py run solvers                      # n = 512 and 100
    python benchmarks/run.py run solvers --large              # n = 2,304 and 9,216, once; at 9,216 with five pairs of eigh
    python benchmarks/run.py run solvers --largest            # n = 9,216 only
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import torch
from reference.problems import image_jacobian

import resefa
from resefa.errors import SolverError
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.woodbury import solve_woodbury

K = 5


@dataclass(frozen=True)
class Problem:
    """Factors (f, n) and (r, n) with A and B their Gram matrices, the ridge, and the five best as orthonormal columns."""

    name: str
    foreground: np.ndarray
    background: np.ndarray
    tau: float
    truth: np.ndarray

    def grams(self, precision: type) -> tuple[np.ndarray, np.ndarray]:
        """A and B + t I, summed in this precision."""
        f, b = self.foreground.astype(precision), self.background.astype(precision)
        gram = b.T @ b
        return f.T @ f, gram + precision(self.tau) * np.trace(gram) * np.identity(len(gram), precision)


def planted(n: int, rank: int, condition: float, tau: float, seed: int = 0) -> Problem:
    """The problem of the module's opening; where rank < n, A also has as many eigenvectors outside B's range."""
    random = np.random.default_rng(seed)
    used = min(n, rank + 100)
    q = np.linalg.qr(random.standard_normal((n, used)))[0].T
    b = condition ** -np.linspace(1, 0, rank)
    b = np.concatenate([np.zeros(used - rank), b])
    quotients = np.maximum(0.8 ** np.arange(used), 1e-4)
    a = quotients * (b + tau * b.sum())
    name = f"planted, n {n}, rank {rank}, condition {condition:.0e}"
    return Problem(name, np.sqrt(a)[:, None] * q, (np.sqrt(b)[:, None] * q)[used - rank :], tau, q[:K].T)


def real(region: str, seed: int, tau: float) -> Problem:
    generator = resefa.load("faces-dcgan", dtype="float64")
    jacobian = image_jacobian(generator, generator.sample(seed), generator.resolution)
    weights = resefa.Region.parse(region, generator.presets).weights(*generator.resolution)
    f, b = (
        (jacobian.rows(part) / (generator.channels * float(part.sum())) ** 0.5).numpy()
        for part in (weights.edit, weights.protect)
    )
    problem = Problem(f"faces-dcgan, {region}, seed {seed}", f, b, tau, np.empty(0))
    truth = scipy.linalg.eigh(*problem.grams(np.float64))[1][:, ::-1][:, :K]
    return Problem(problem.name, f, b, tau, truth)


Answer = tuple[np.ndarray, bool]
"""The five best as columns, and whether complex values came out."""


def inverse_then_eig(a: np.ndarray, b: np.ndarray) -> Answer:
    values, vectors = np.linalg.eig(np.linalg.inv(b).dot(a))
    best = np.argsort(-np.real(values))[:K]
    return np.real(vectors)[:, best], bool(np.iscomplexobj(values))


def sides(problem: Problem, *, everything: bool = True) -> dict[str, Callable[[], Answer]]:
    """Each from the Gram matrices, except Woodbury, which takes the factors."""
    a, b = problem.grams(np.float64)
    plain = problem.background.T @ problem.background
    n = len(a)
    foreground, background = torch.from_numpy(problem.foreground), torch.from_numpy(problem.background)
    tensors = torch.from_numpy(a), torch.from_numpy(plain)
    found: dict[str, Callable[[], Answer]] = {
        "ours, Cholesky": lambda: (solve_cholesky(*tensors, k=K, tau=problem.tau).vectors.numpy().T, False)
    }
    if problem.tau:
        found["ours, Woodbury"] = lambda: (
            solve_woodbury(foreground, background, k=K, tau=problem.tau).vectors.numpy().T,
            False,
        )
    found |= {
        "scipy eigh, five": lambda: (scipy.linalg.eigh(a, b, subset_by_index=(n - K, n - 1))[1], False),
    }
    if everything:
        found["scipy eigh, all"] = lambda: (scipy.linalg.eigh(a, b)[1][:, ::-1][:, :K], False)
        single = problem.grams(np.float32)
        found["inv, eig, float32"] = lambda: inverse_then_eig(*single)
        found["inv, eig, float64"] = lambda: inverse_then_eig(a, b)
    return found


def angle(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.degrees(scipy.linalg.subspace_angles(found.astype(np.float64), truth).max()))


def compare(problem: Problem, rounds: int, *, everything: bool = True) -> None:
    chosen = sides(problem, everything=everything)
    times: dict[str, list[float]] = {name: [] for name in chosen}
    last: dict[str, str] = {}
    for turn in range(rounds + (rounds > 1)):
        for name, side in chosen.items():
            # NumPy's, SciPy's and PyTorch's threads spin on for a while after a call and take the next side's cores.
            time.sleep(0.2)
            start = time.perf_counter()
            try:
                columns, came_complex = side()
                degrees = angle(columns, problem.truth) if np.isfinite(columns).all() else float("nan")
                last[name] = f"{degrees:10.1e} {'yes' if came_complex else 'no':>8}"
            except (SolverError, np.linalg.LinAlgError) as error:
                last[name] = f"failed: {error}"
            if turn or rounds == 1:  # the first turn warms up
                times[name].append(time.perf_counter() - start)
    print(f"\n{problem.name}, tau {problem.tau:g}, {rounds} rounds")
    print(f"{'side':20} {'median, ms':>12} {'to ours':>8} {'degrees':>10} {'complex':>8}")
    base = statistics.median(times["ours, Cholesky"])
    for name, each in times.items():
        median = statistics.median(each)
        print(f"{name:20} {median * 1e3:12.1f} {median / base:8.2f} {last[name]}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="n = 2,304 and 9,216 instead")
    parser.add_argument("--largest", action="store_true", help="n = 9,216 alone")
    options = parser.parse_args()
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, scipy {scipy.__version__}")
    if options.large or options.largest:
        problem = planted(9216, 300, 1e10, 1e-3)
        factors = torch.from_numpy(problem.foreground), torch.from_numpy(problem.background)
        for _ in range(3):
            start = time.perf_counter()
            found = solve_woodbury(*factors, k=K, tau=problem.tau)
            taken = time.perf_counter() - start
        print(
            f"{problem.name}, tau 0.001: Woodbury {taken:.2f} s, {angle(found.vectors.numpy().T, problem.truth):.1e} degrees"
        )
        if options.large:
            compare(planted(2304, 300, 1e10, 1e-3), 1)
        # All pairs, or inv and eig, would take hours there.
        compare(problem, 1, everything=False)
        return
    for condition in (1e2, 1e6, 1e8, 1e10):
        compare(planted(512, 512, condition, 0.0), options.rounds)
    compare(planted(512, 512, 1e10, 1e-3), options.rounds)
    compare(planted(512, 100, 1e10, 1e-3), options.rounds)
    for tau in (0.0, 1e-3):
        compare(real("mouth", 7, tau), options.rounds)


if __name__ == "__main__":
    main()

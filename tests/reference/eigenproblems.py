"""Generalized eigenproblems whose answer is known: each a Jacobian with inside and outside rows, and SciPy's eigenvalues."""

from __future__ import annotations

from dataclasses import dataclass

import scipy.linalg
import torch
from torch import Tensor

from resefa.solvers import MatrixProblem

INSIDE, OUTSIDE = 60, 120


@dataclass(frozen=True, eq=False)
class Planted:
    """``A d = lambda (B + tau trace(B) I) d`` for the mean Gram matrices of the first ``inside`` rows and of the others."""

    jacobian: Tensor
    inside: int

    def problem(self, **options) -> MatrixProblem:
        weights = (torch.arange(len(self.jacobian)) < self.inside).double()
        return MatrixProblem(self.jacobian.clone(), weights, **options)

    @property
    def dimensions(self) -> int:
        return self.jacobian.shape[1]

    def matrices(self, tau: float) -> tuple[Tensor, Tensor, Tensor]:
        """A, B and ``B'``."""
        j = self.jacobian.double()
        inside, outside = j[: self.inside], j[self.inside :]
        a, b = inside.T @ inside / len(inside), outside.T @ outside / len(outside)
        return a, b, b + tau * b.trace() * torch.eye(len(b), dtype=torch.float64)

    def eigenvalues(self, tau: float) -> Tensor:
        """(n,) falling, from SciPy."""
        a, _, regular = self.matrices(tau)
        values = scipy.linalg.eigh(a.numpy(), regular.numpy(), eigvals_only=True)
        return torch.from_numpy(values[::-1].copy()).clamp_min(0)


def rows(count: int, spectrum: Tensor, seed: int) -> Tensor:
    """(count, n) with these singular values (at most ``count`` of them count), in a random basis."""
    draw = torch.Generator().manual_seed(seed)
    n = len(spectrum)
    left = torch.linalg.qr(torch.randn(count, min(count, n), generator=draw, dtype=torch.float64)).Q
    right = torch.linalg.qr(torch.randn(n, n, generator=draw, dtype=torch.float64)).Q[: min(count, n)]
    return (left * spectrum[: min(count, n)]) @ right


def planted(
    inside: Tensor, outside: Tensor, seed: int, rows_inside: int = INSIDE, rows_outside: int = OUTSIDE
) -> Planted:
    """From the singular values of both parts."""
    return Planted(torch.cat([rows(rows_inside, inside, seed), rows(rows_outside, outside, seed + 1)]), rows_inside)


def falling(n: int, power: float) -> Tensor:
    return torch.arange(1, n + 1, dtype=torch.float64) ** -power


def clustered() -> Planted:
    """Three equal eigenvalues, then three that differ by a millionth, in the metric of a flat B."""
    squares = torch.tensor([4.0, 4.0, 4.0, 1.0, 1.000001, 0.999999, *[1e-3] * 24], dtype=torch.float64)
    return planted(squares.sqrt(), torch.ones(30, dtype=torch.float64), 2)


PROBLEMS = {
    "separated": lambda: planted(falling(40, 1.5), falling(40, 1.0), 0),
    "clustered": clustered,
    "low-rank outside": lambda: planted(falling(40, 1.0), falling(40, 0.5), 4, rows_outside=7),
    "nearly singular outside": lambda: planted(falling(40, 1.0), 10.0 ** -torch.arange(0, 10, 0.25).double(), 6),
    "low-rank inside": lambda: planted(falling(40, 0.5), falling(40, 1.0), 8, rows_inside=2),
    "one dimension": lambda: planted(torch.ones(1).double(), torch.ones(1).double(), 10),
    "small scale": lambda: Planted(1e-6 * planted(falling(40, 1.5), falling(40, 1.0), 0).jacobian, INSIDE),
    "large scale": lambda: Planted(1e6 * planted(falling(40, 1.5), falling(40, 1.0), 0).jacobian, INSIDE),
    "float32": lambda: Planted(planted(falling(40, 1.5), falling(40, 1.0), 0).jacobian.float(), INSIDE),
}

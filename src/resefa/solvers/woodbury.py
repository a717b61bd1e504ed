"""The same eigenproblem where the background has low rank, by the Woodbury form (paper, equation 12).

With the truncated SVD ``B = U S U^T`` of rank r and ``t = tau * trace(B)``:
``(B + t I)^(-1/2) = (I + U diag(sqrt(t / (s + t)) - 1) U^T) / sqrt(t)``, which is symmetric and needs r x r work in place
of an n x n inverse. With A given by a factor F too (``A = F^T F``, f rows), the eigenvectors of
``C = B'^(-1/2) A B'^(-1/2)`` are the right singular vectors of ``F B'^(-1/2)``: no n x n matrix is made.
"""

from __future__ import annotations

import torch
from torch import Tensor

from resefa.errors import SolverError
from resefa.solvers.ridge import DEFAULT_TAU, ridge_for
from resefa.solvers.solution import Solution
from resefa.solvers.verdict import QuadraticForm, finished


class WoodburyRoot:
    """``B' = B + t I`` for ``B = F_b^T F_b``, and its powers 1 and -1/2, applied to rows."""

    def __init__(self, background: Tensor, tau: float) -> None:
        n = background.shape[1]
        _, singular, basis = torch.linalg.svd(background, full_matrices=False)
        self.ridge = ridge_for(singular.square(), n, tau)
        rank = self.ridge.rank
        if rank and self.ridge.value == 0:
            raise SolverError("The Woodbury form divides by the ridge: give tau > 0, or use the Cholesky solver.")
        self.spectrum = singular[:rank].square()
        self.basis = basis[:rank]
        self.t = self.ridge.value if rank else 1.0
        self.trace = float(self.spectrum.sum()) + n * self.t

    def apply(self, rows: Tensor) -> Tensor:
        """``B' d`` for each row d."""
        return self.t * rows + ((rows @ self.basis.T) * self.spectrum) @ self.basis

    def inverse_root(self, rows: Tensor) -> Tensor:
        """``B'^(-1/2) d`` for each row d."""
        scale = torch.sqrt(self.t / (self.spectrum + self.t)) - 1
        return (rows + ((rows @ self.basis.T) * scale) @ self.basis) / self.t**0.5


def solve_woodbury(foreground: Tensor, background: Tensor, *, k: int, tau: float = DEFAULT_TAU) -> Solution:
    """The k best directions, from factors of the two Gram matrices.

    Args:
        foreground: (f, n) with ``A = foreground^T foreground``: the Jacobian's rows inside, over sqrt of their number.
        background: (r, n) with ``B = background^T background``. Cheap where r is well below n.
        k: how many pairs; at most min(f, n) have an eigenvalue above zero, and no more are returned.
        tau: ridge as a fraction of trace(B), above zero.

    Raises:
        SolverError: sizes differ, values are not finite, A is zero, or tau is 0.
    """
    foreground = foreground.detach().to("cpu", torch.float64)
    background = background.detach().to("cpu", torch.float64)
    if foreground.shape[1] != background.shape[1]:
        raise SolverError(
            f"The factors have {foreground.shape[1]} and {background.shape[1]} columns: expected as many."
        )
    if not (bool(torch.isfinite(foreground).all()) and bool(torch.isfinite(background).all())):
        raise SolverError("A factor contains NaN or infinity: the generator's derivative is broken there.")
    root = WoodburyRoot(background, tau)
    whitened = root.inverse_root(foreground)
    if len(whitened) > whitened.shape[1]:
        # Same right singular vectors from the square triangular factor, at a fraction of the work.
        whitened = torch.linalg.qr(whitened, mode="r").R
    _, singular, rows = torch.linalg.svd(whitened, full_matrices=False)
    best = min(k, len(singular))
    vectors = root.inverse_root(rows[:best])
    a = QuadraticForm(lambda d: (d @ foreground.T) @ foreground, float(foreground.square().sum()))
    b = QuadraticForm(root.apply, root.trace)
    return finished(singular[:best].square(), vectors, a, b, root.ridge, "woodbury")

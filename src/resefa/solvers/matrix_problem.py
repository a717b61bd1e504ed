"""A problem in memory, for solvers composed by hand: a Jacobian matrix and the weights of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import torch
from torch import Tensor

from resefa.errors import SolverError
from resefa.jacobian.gram_matrices import gram_of_rows
from resefa.jacobian.linear_operator import DenseOperator
from resefa.runtime.progress import Progress
from resefa.solvers.prepared import PreparedSubspace, prepare
from resefa.solvers.protocol import SearchSolver
from resefa.solvers.solution import Solution
from resefa.solvers.subspace import Subspace


class MemorySession:
    """The resources of a problem in memory: a memory budget and progress.

    Args:
        memory: bytes for the basis of a search and its image; None: no bound.
        progress: called with (done, total); raises to cancel the work.
    """

    def __init__(self, memory: int | None = None, progress: Progress | None = None) -> None:
        self.memory, self.progress = memory, progress

    def memory_for(self, what: str) -> int:
        """The memory budget in bytes, the same for every purpose."""
        return 2**62 if self.memory is None else self.memory

    def report(self, done: int, total: int) -> None:
        """Report progress to the ``progress`` callback."""
        if self.progress is not None:
            self.progress(done, total)


class MatrixProblem:
    """The eigenproblem ``A d = lambda B' d`` of a Jacobian matrix, for every solver::

        solvers.Cholesky().solve(solvers.MatrixProblem(jacobian, inside), k=3)

    Args:
        jacobian: (m, n), any precision.
        inside: (m,) weights of the rows in A, 0 or more.
        outside: (m,) weights of the rows in B; default ``1 - inside``.
        session: memory, progress and cancellation.

    Raises:
        SolverError: shapes that do not agree, or weights that are negative, not finite, or zero everywhere.
    """

    def __init__(
        self, jacobian: Tensor, inside: Tensor, outside: Tensor | None = None, *, session: MemorySession | None = None
    ) -> None:
        if jacobian.ndim != 2:
            raise SolverError(f"The Jacobian has shape {tuple(jacobian.shape)}; give a matrix (m, n).")
        self.jacobian = jacobian
        self.session = session or MemorySession()
        inside = inside.to(torch.float64)
        self._weights = inside, (1 - inside if outside is None else outside.to(torch.float64))
        for name, part in zip(("inside", "outside"), self._weights, strict=True):
            if part.shape != (len(jacobian),):
                raise SolverError(f"{name} has shape {tuple(part.shape)}; give one weight per row, ({len(jacobian)},).")
            if not (bool(torch.isfinite(part).all()) and float(part.min()) >= 0 and float(part.sum()) > 0):
                raise SolverError(
                    f"{name} contains negative or non-finite weights, or only zeros; give finite weights of 0 or more, not all 0."
                )
        self._subspace = Subspace(DenseOperator(jacobian))
        self._prepared: dict[float, PreparedSubspace] = {}

    @property
    def dimensions(self) -> int:
        """The number n of latent dimensions."""
        return self.jacobian.shape[1]

    def gram_matrices(self, exact: bool = False) -> tuple[Tensor, Tensor]:
        """The Gram matrices A and B, (n, n) float64; always exact here."""
        return self._grams

    @cached_property
    def _grams(self) -> tuple[Tensor, Tensor]:
        inside, outside = (gram_of_rows(self.jacobian, part).mean.cpu() for part in self._weights)
        return inside, outside

    def factors(self) -> tuple[Tensor, Tensor]:
        """The factors ``sqrt(w / sum(w)) J`` of A and B, without rows of weight 0."""
        inside, outside = (self._factor(part) for part in self._weights)
        return inside, outside

    def _factor(self, weights: Tensor) -> Tensor:
        chosen = weights.nonzero().squeeze(1)
        return self.jacobian[chosen].to("cpu", torch.float64) * (weights[chosen] / weights.sum()).sqrt()[:, None]

    def weights(self) -> tuple[Tensor, Tensor]:
        """The weights inside and outside, (m,) each."""
        return self._weights

    @contextmanager
    def subspace(self) -> Iterator[Subspace]:
        """The subspace shared by all searches of this problem."""
        yield self._subspace

    def searched(self, solver: SearchSolver, k: int) -> Solution:
        """A single search: the weights are known."""
        return solver.search(self, k)

    def prepared(self, share: float) -> PreparedSubspace:
        """The prepared subspace for ``share``, computed once per value."""
        if share not in self._prepared:
            self._prepared[share] = prepare(
                self._subspace, (1, len(self.jacobian), 1), share=share, memory=self.session.memory_for("subspace"),
                progress=self.session.report,
            )  # fmt: skip
        return self._prepared[share]

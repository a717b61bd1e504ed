"""Protocols: the problem as solvers see it, the session behind it, and the solver."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

    from resefa.solvers.prepared import PreparedSubspace
    from resefa.solvers.solution import Solution
    from resefa.solvers.subspace import Subspace


class SolverSession(Protocol):
    """The resources of a solver: memory, progress, cancellation."""

    def memory_for(self, what: str) -> int:
        """Bytes for ``what``; solvers ask for ``subspace``, the basis V of a search and its image J V."""
        ...

    def report(self, done: int, total: int) -> None:
        """Progress of the work; raises if the caller has cancelled it."""
        ...


class EigenProblem(Protocol):
    """``A d = lambda (B + tau trace(B) I) d`` with ``A = J^T diag(inside) J / sum(inside)`` and B alike. A solver takes the form it needs."""

    @property
    def dimensions(self) -> int:
        """n, of the latent space."""
        ...

    @property
    def session(self) -> SolverSession: ...

    def gram_matrices(self, exact: bool = False) -> tuple[Tensor, Tensor]:
        """A and B, (n, n) float64 on the CPU.

        Args:
            exact: never from VJPs, which round in the generator's precision: for a B that is inverted without a ridge.
        """
        ...

    def factors(self) -> tuple[Tensor, Tensor]:
        """``F_a`` (f, n) and ``F_b`` (r, n) with ``A = F_a^T F_a`` and ``B = F_b^T F_b``."""
        ...

    def weights(self) -> tuple[Tensor, Tensor]:
        """Inside and outside, (m,) each, not normalised: of the rows of the subspace's operator."""
        ...

    def subspace(self) -> AbstractContextManager[Subspace]:
        """The subspace searched so far, to grow within the block; cached however the block ends."""
        ...

    def prepared(self, share: float) -> PreparedSubspace:
        """A subspace outside of which lies no more than ``share`` of the energy ``trace(J^T J)``; computed once for all regions."""
        ...


@runtime_checkable
class Solver(Protocol):
    """An algorithm with its options."""

    name: ClassVar[str]

    @property
    def tau(self) -> float:
        """The ridge as a fraction of trace(B)."""
        ...

    def solve(self, problem: EigenProblem, k: int) -> Solution:
        """The k best directions; fewer where fewer change the inside at all.

        Raises:
            SolverError: the problem has no solution in this form.
        """
        ...

"""Protocols of a solver, of the problem it solves, and of the session that holds its resources."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor

    from resefa.solvers.prepared import PreparedSubspace
    from resefa.solvers.solution import Solution
    from resefa.solvers.subspace import Subspace


class SolverSession(Protocol):
    """The resources of a solver: memory budget, progress and cancellation."""

    def memory_for(self, what: str) -> int:
        """Memory budget in bytes for ``what``; solvers ask for ``subspace``: the basis V of a search and its image J V."""
        ...

    def report(self, done: int, total: int) -> None:
        """Report the progress of the work; raises if the caller has cancelled the work."""
        ...


class EigenProblem(Protocol):
    """The eigenproblem ``A d = lambda (B + tau trace(B) I) d``, in the forms that solvers need.

    ``A = J^T diag(inside) J / sum(inside)``, and B is the same with the weights outside. A solver takes the form it needs.
    """

    @property
    def dimensions(self) -> int:
        """The number n of latent dimensions."""
        ...

    @property
    def session(self) -> SolverSession: ...

    def gram_matrices(self, exact: bool = False) -> tuple[Tensor, Tensor]:
        """The Gram matrices A and B, (n, n) float64 on the CPU.

        Args:
            exact: never from VJPs, which round in the generator's precision: for a B that is inverted without a ridge.
        """
        ...

    def factors(self) -> tuple[Tensor, Tensor]:
        """The factors ``F_a`` (f, n) and ``F_b`` (r, n) of ``A = F_a^T F_a`` and ``B = F_b^T F_b``."""
        ...

    def weights(self) -> tuple[Tensor, Tensor]:
        """The weights inside and outside, (m,) each, for the rows of the subspace's operator; not normalised."""
        ...

    def subspace(self) -> AbstractContextManager[Subspace]:
        """The subspace searched so far, for extension within a ``with`` block; cached when the block ends, even by an error."""
        ...

    def prepared(self, share: float) -> PreparedSubspace:
        """A subspace with all but the fraction ``share`` of the energy ``trace(J^T J)``; computed once for all regions."""
        ...

    def searched(self, solver: SearchSolver, k: int) -> Solution:
        """The solution by ``solver.search(problem, k)``: a single search, or several if the problem's weights are estimated from searches."""
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
        """The k best directions; fewer if fewer change the inside.

        Raises:
            SolverError: the problem has no solution in this form.
        """
        ...


class SearchSolver(Solver, Protocol):
    """A solver that searches by products, for problems that may need several searches."""

    def search(self, problem: EigenProblem, k: int) -> Solution:
        """A single search with the problem's present weights."""
        ...

"""Solvers of the generalized eigenproblem ``A d = lambda (B + tau trace(B) I) d`` as typed objects with their options::

from resefa import solvers
solution = solvers.MatrixFree(tau=1e-3, tolerance=0.01).solve(solvers.MatrixProblem(jacobian, inside), k=8)
print(solution.eigenvalues, solution.certificate.sentence())
"""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.solvers.certificate import Certificate as Certificate
    from resefa.solvers.cholesky import Cholesky as Cholesky
    from resefa.solvers.matrix_free import MatrixFree as MatrixFree
    from resefa.solvers.matrix_problem import MatrixProblem as MatrixProblem
    from resefa.solvers.matrix_problem import MemorySession as MemorySession
    from resefa.solvers.prepared import Prepared as Prepared
    from resefa.solvers.prepared import PreparedSubspace as PreparedSubspace
    from resefa.solvers.protocol import EigenProblem as EigenProblem
    from resefa.solvers.protocol import SearchSolver as SearchSolver
    from resefa.solvers.protocol import Solver as Solver
    from resefa.solvers.protocol import SolverSession as SolverSession
    from resefa.solvers.registry import SOLVERS as SOLVERS
    from resefa.solvers.registry import Auto as Auto
    from resefa.solvers.registry import solver as solver
    from resefa.solvers.solution import Solution as Solution
    from resefa.solvers.subspace import Subspace as Subspace
    from resefa.solvers.woodbury import Woodbury as Woodbury

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.solvers.certificate": ["Certificate"],
        "resefa.solvers.cholesky": ["Cholesky"],
        "resefa.solvers.matrix_free": ["MatrixFree"],
        "resefa.solvers.matrix_problem": ["MatrixProblem", "MemorySession"],
        "resefa.solvers.prepared": ["Prepared", "PreparedSubspace"],
        "resefa.solvers.protocol": ["EigenProblem", "SearchSolver", "Solver", "SolverSession"],
        "resefa.solvers.registry": ["Auto", "SOLVERS", "solver"],
        "resefa.solvers.solution": ["Solution"],
        "resefa.solvers.subspace": ["Subspace"],
        "resefa.solvers.woodbury": ["Woodbury"],
    },
)

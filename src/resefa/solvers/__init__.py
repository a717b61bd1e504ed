"""Solvers of the generalized eigenproblem ``A d = lambda (B + tau trace(B) I) d`` as typed objects with their options.

    from resefa import solvers
    solution = solvers.MatrixFree(tau=1e-3, tolerance=0.01).solve(solvers.MatrixProblem(jacobian, inside), k=8)
    print(solution.eigenvalues, solution.certificate.sentence())

Names load on first use, so that importing the package does not import torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

SOLVERS = ("auto", "cholesky", "woodbury", "matrix-free", "prepared")
"""Short names, for ``solver(name)``."""

_PUBLIC = {
    "AnySolver": "registry",
    "Auto": "registry",
    "Certificate": "certificate",
    "Cholesky": "cholesky",
    "EigenProblem": "protocol",
    "MatrixFree": "matrix_free",
    "MatrixProblem": "matrix_problem",
    "MemorySession": "matrix_problem",
    "Prepared": "prepared",
    "PreparedSubspace": "prepared",
    "Solution": "solution",
    "Solver": "protocol",
    "SolverSession": "protocol",
    "Woodbury": "woodbury",
    "solver": "registry",
}

if TYPE_CHECKING:
    from resefa.solvers.certificate import Certificate
    from resefa.solvers.cholesky import Cholesky
    from resefa.solvers.matrix_free import MatrixFree
    from resefa.solvers.matrix_problem import MatrixProblem, MemorySession
    from resefa.solvers.prepared import Prepared, PreparedSubspace
    from resefa.solvers.protocol import EigenProblem, Solver, SolverSession
    from resefa.solvers.registry import AnySolver, Auto, solver
    from resefa.solvers.solution import Solution
    from resefa.solvers.woodbury import Woodbury

__all__ = [
    "SOLVERS",
    "AnySolver",
    "Auto",
    "Certificate",
    "Cholesky",
    "EigenProblem",
    "MatrixFree",
    "MatrixProblem",
    "MemorySession",
    "Prepared",
    "PreparedSubspace",
    "Solution",
    "Solver",
    "SolverSession",
    "Woodbury",
    "solver",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])

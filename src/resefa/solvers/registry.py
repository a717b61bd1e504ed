"""The short names of the solvers, and ``solver="auto"``. Importing this file does not import torch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from resefa.errors import UsageError, did_you_mean, parameter
from resefa.solvers.protocol import Solver
from resefa.solvers.ridge import DEFAULT_TAU, check_tau

SOLVERS = ("auto", "cholesky", "woodbury", "matrix-free", "prepared")
"""Short names, for ``solver(name)``."""


@dataclass(frozen=True)
class Auto:
    """Automatic choice of the solver, with options: the planner chooses by the size of the problem.

    Attributes:
        tau: the ridge as a fraction of trace(B), 0 or more.
        tolerance: largest relative gap of the eigenvalues; the solvers of the whole problem are exact.
        max_products: the most JVPs and VJPs together; None: no bound.

    Raises:
        SolverError, UsageError: an option is out of its range.
    """

    tau: float = DEFAULT_TAU
    tolerance: float | None = None
    max_products: int | None = None
    name: ClassVar[str] = "auto"

    def __post_init__(self) -> None:
        check_tau(self.tau)
        check_search(self.tolerance, self.max_products)


def check_search(tolerance: float | None, max_products: int | None) -> None:
    """Refuse impossible stopping criteria of a search; None stands for a default.

    Raises:
        UsageError: the tolerance is not between 0 and 1, or max_products is below 1.
    """
    if tolerance is not None and not 0 < tolerance < 1:
        raise UsageError(
            f"{parameter('tolerance', tolerance)} is not possible; give a fraction between 0 and 1, for example 0.01."
        )
    if max_products is not None and (not isinstance(max_products, int) or max_products < 1):
        raise UsageError(f"{parameter('max_products', max_products)} is not possible; give a whole number, 1 or more.")


def solver(name: str | Solver | Auto, **options: Any) -> Solver | Auto:
    """Create a solver from its short name and options; None stands for an option's default. Solver objects are returned unchanged.

    Raises:
        UsageError: no solver has this name, or this solver has no such option.
    """
    given = {option: value for option, value in options.items() if value is not None}
    if not isinstance(name, str):
        if not isinstance(name, Solver | Auto):
            raise UsageError(
                f"{parameter('solver')} is {name!r}; choose one of {', '.join(SOLVERS)}, or give a solver object, for example resefa.solvers.Cholesky()."
            )
        if given:
            option = next(iter(given))
            raise UsageError(
                f"{parameter(option)} cannot be combined with a solver object; set it on the object: {type(name).__name__}({option}=...)."
            )
        return name
    classes = _classes()
    if name not in classes:
        raise UsageError(f"Unknown solver {name!r}{did_you_mean(name, SOLVERS)} Choose one of {', '.join(SOLVERS)}.")
    names = {each: [item.name for item in fields(one)] for each, one in classes.items()}
    for option in given:
        if option not in names[name]:
            owners = [each for each in SOLVERS if option in names[each]]
            hint = (
                f"{parameter(option)} belongs to {' and '.join(owners)}"
                if owners
                else f"its options are {', '.join(names[name])}"
            )
            raise UsageError(f"The {name} solver has no option {parameter(option)}; {hint}.")
    return classes[name](**given)


def _classes() -> dict[str, Any]:
    from resefa.solvers.cholesky import Cholesky
    from resefa.solvers.matrix_free import MatrixFree
    from resefa.solvers.prepared import Prepared
    from resefa.solvers.woodbury import Woodbury

    return {each.name: each for each in (Auto, Cholesky, Woodbury, MatrixFree, Prepared)}

"""``solver="auto"`` and the short names of the solvers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from resefa.errors import UsageError, did_you_mean
from resefa.solvers import SOLVERS
from resefa.solvers.cholesky import Cholesky
from resefa.solvers.matrix_free import MatrixFree, check_search
from resefa.solvers.prepared import Prepared
from resefa.solvers.ridge import DEFAULT_TAU, check_tau
from resefa.solvers.woodbury import Woodbury


@dataclass(frozen=True)
class Auto:
    """Options for whichever solver the planner chooses from the sizes of the problem; it does not solve by itself.

    Attributes:
        tau: the ridge as a share of trace(B), 0 or more.
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


AnySolver = Auto | Cholesky | Woodbury | MatrixFree | Prepared
_CLASSES: tuple[type[AnySolver], ...] = (Auto, Cholesky, Woodbury, MatrixFree, Prepared)
_BY_NAME = {each.name: each for each in _CLASSES}
_OPTIONS = {each.name: [item.name for item in fields(each)] for each in _CLASSES}


def solver(name: str | AnySolver, **options: Any) -> AnySolver:
    """A solver by its short name, with its options; an option that is None has its default. A solver object is returned as it is.

    Raises:
        UsageError: no solver has this name, or this solver has no such option.
    """
    given = {option: value for option, value in options.items() if value is not None}
    if not isinstance(name, str):
        if not isinstance(name, _CLASSES):
            raise UsageError(
                f"solver is a {type(name).__name__}; give one of {', '.join(SOLVERS)}, or a solver such as resefa.solvers.Cholesky()."
            )
        if given:
            raise UsageError(f"{next(iter(given))} belongs into the solver object: resefa.solvers.{type(name).__name__}({next(iter(given))}=...).")
        return name
    if name not in _BY_NAME:
        raise UsageError(f"Unknown solver {name!r}{did_you_mean(name, SOLVERS)} Choose one of {', '.join(SOLVERS)}.")
    for option in given:
        if option not in _OPTIONS[name]:
            owners = [each for each in SOLVERS if option in _OPTIONS[each]]
            hint = f"it belongs to {' and '.join(owners)}" if owners else f"its options are {', '.join(_OPTIONS[name])}"
            raise UsageError(f"The {name} solver has no option {option!r}; {hint}.")
    return _BY_NAME[name](**given)

"""Which way to the directions: the whole Jacobian, or products alone. Chosen from sizes, said in words."""

from __future__ import annotations

from dataclasses import dataclass

from resefa.errors import UsageError

AUTO, CHOLESKY, WOODBURY, MATRIX_FREE, PREPARED = "auto", "cholesky", "woodbury", "matrix-free", "prepared"
SOLVERS = (AUTO, CHOLESKY, WOODBURY, MATRIX_FREE, PREPARED)
DENSE_DIMENSIONS = 1024
"""Up to here the whole Jacobian is taken where it fits: further regions on the image then cost linear algebra alone."""


@dataclass(frozen=True)
class Route:
    """``solver`` is one of SOLVERS but ``auto``; ``why`` is empty where the person chose."""

    solver: str
    why: str = ""


def choose(solver: str, *, n: int, protected: int, needed: int, budget: int, tau: float) -> Route:
    """The way for a problem of this size.

    Args:
        solver: what the person asked for.
        n: dimensions of the latent space.
        protected: output values in the protected part, over all images.
        needed: bytes of the whole Jacobian of one image.
        budget: bytes that may be used.

    Raises:
        UsageError: no such solver.
    """
    if solver not in SOLVERS:
        raise UsageError(f"The solver {solver!r} came: give {', '.join(SOLVERS)}.")
    if solver != AUTO:
        return Route(solver)
    size = f"the whole Jacobian of {n} columns needs {needed / 2**30:.2g} GiB"
    if tau > 0 and n > DENSE_DIMENSIONS:
        return Route(MATRIX_FREE, f"matrix-free, since n = {n} is more than {DENSE_DIMENSIONS} ({size})")
    if tau > 0 and needed > budget:
        return Route(MATRIX_FREE, f"matrix-free, since {size} and the budget is {budget / 2**30:.2g}")
    if tau > 0 and protected < n / 2:
        return Route(WOODBURY, f"dense and Woodbury, since the protected part has {protected} values")
    return Route(CHOLESKY, f"dense, since {size}")

"""Which way to the directions: the whole Jacobian, or products alone. Chosen from sizes, said in words."""

from __future__ import annotations

from dataclasses import dataclass

from resefa.errors import UsageError, did_you_mean
from resefa.runtime.memory import in_words

AUTO, CHOLESKY, WOODBURY, MATRIX_FREE, PREPARED = "auto", "cholesky", "woodbury", "matrix-free", "prepared"
SOLVERS = (AUTO, CHOLESKY, WOODBURY, MATRIX_FREE, PREPARED)
DENSE_DIMENSIONS = 1024
"""Up to here the whole Jacobian is taken where it fits: further regions on the image then cost linear algebra alone."""


@dataclass(frozen=True)
class Route:
    """``solver`` is one of SOLVERS but ``auto``; ``why`` is empty where the person chose."""

    solver: str
    why: str = ""


def choose(
    solver: str,
    *,
    n: int,
    protected: int,
    needed: int,
    budget: int,
    tau: float,
    products: int | None = None,
    least: int = 0,
) -> Route:
    """The way for a problem of this size.

    Args:
        solver: what the person asked for.
        n: dimensions of the latent space.
        protected: output values in the protected part, over all images.
        needed: bytes of the whole Jacobian of one image.
        budget: bytes that may be used.
        products: the most that the person allows, of each image; None: no bound.
        least: what the matrix-free solver needs.

    Raises:
        UsageError: no such solver.
    """
    if solver not in SOLVERS:
        raise UsageError(
            f"Unknown solver {solver!r}{did_you_mean(solver, SOLVERS)} Choose one of {', '.join(SOLVERS)}."
        )
    if solver != AUTO:
        return Route(solver)
    size = f"the whole Jacobian has {n} columns and takes {in_words(needed)}"
    if tau > 0 and n > DENSE_DIMENSIONS:
        return Route(MATRIX_FREE, f"products alone, since {size}")
    if tau > 0 and needed > budget:
        return Route(MATRIX_FREE, f"products alone, since {size}, more than the memory of {in_words(budget)}")
    if products is not None and products < min(n, least):
        raise UsageError(
            f"products = {products}: the whole Jacobian takes {n} products for each image and the solver matrix-free at least {least}; "
            "allow more."
        )
    if tau > 0 and products is not None and products < n:
        return Route(MATRIX_FREE, f"products alone, since {size} and {products} products are allowed")
    if tau > 0 and protected < n / 2:
        return Route(
            WOODBURY,
            f"from the whole Jacobian by the Woodbury form, since the protected part has {protected} values only",
        )
    return Route(CHOLESKY, f"from the whole Jacobian ({n} columns, {in_words(needed)})")

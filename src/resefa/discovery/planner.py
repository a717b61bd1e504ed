"""The plan for a problem: its solver, and how the Jacobian is stored. Decided here alone, from sizes, with the reasons as data."""

from __future__ import annotations

from dataclasses import dataclass, field

from resefa.discovery.gram_sums import Holding
from resefa.discovery.image_jacobian import jacobian_bytes
from resefa.discovery.problem import RegionProblem
from resefa.errors import UsageError, parameter
from resefa.jacobian.gram_matrices import value_weights
from resefa.runtime.memory import in_words
from resefa.solvers import Auto, Cholesky, MatrixFree, Prepared, Woodbury
from resefa.solvers.matrix_free import least_products
from resefa.solvers.protocol import Solver

DENSE_DIMENSIONS = 1024
"""Up to here the whole Jacobian is taken where it fits: further regions on the image then cost linear algebra alone."""


@dataclass(frozen=True)
class Reason:
    """One fact that decided. ``rule`` names the comparison; ``facts`` are its numbers.

    The rules: ``asked`` (the caller named the solver), ``whole`` (the whole Jacobian is affordable), ``few unwanted values`` (the Woodbury
    form), ``dimensions``, ``memory`` and ``products`` (products alone), ``exact`` (a tolerance was named and the solver is exact).
    """

    rule: str
    facts: dict[str, int | float] = field(default_factory=dict)

    def sentence(self) -> str:
        """For people; empty where nothing needs saying."""
        facts = self.facts
        if self.rule == "asked":
            return ""
        if self.rule == "exact":
            return "solved exactly, so within any tolerance"
        columns, size = facts["dimensions"], in_words(facts["bytes"])
        alone = f"products alone, since the whole Jacobian has {columns} columns and takes {size}"
        return {
            "whole": f"from the whole Jacobian ({columns} columns, {size})",
            "few unwanted values": f"from the whole Jacobian by the Woodbury form, since the protected part has {facts.get('values')} values only",
            "dimensions": alone,
            "memory": f"{alone}, more than the memory budget of {in_words(facts.get('budget', 0))}",
            "products": f"{alone} and {facts.get('products')} products are allowed",
        }[self.rule]


@dataclass(frozen=True)
class Plan:
    """How a problem is solved.

    Attributes:
        solver: with its options; never Auto.
        holding: how the Jacobian of each image is held; None where the solver takes products alone.
        reasons: why.
    """

    solver: Solver
    holding: Holding | None
    reasons: tuple[Reason, ...]

    @property
    def sentence(self) -> str:
        """The reasons for people."""
        return "; ".join(filter(None, (reason.sentence() for reason in self.reasons)))


@dataclass(frozen=True)
class Sizes:
    """The sizes that decide between solvers.

    Attributes:
        dimensions: of the latent space.
        values: unwanted output values that count, over all images.
        bytes: of the whole Jacobian of one image.
        budget: bytes of the memory budget.
        images: how many are analysed together.
    """

    dimensions: int
    values: int
    bytes: int
    budget: int
    images: int = 1

    @classmethod
    def of(cls, problem: RegionProblem) -> Sizes:
        images = len(problem.code)
        values = int(value_weights(problem.parts[1], problem.images.shape[0]).count_nonzero()) * images
        session = problem.session
        return cls(
            problem.dimensions, values, jacobian_bytes(problem.images, session), session.memory_for("all"), images
        )  # fmt: skip


def plan(problem: RegionProblem, solver: Solver | Auto, k: int) -> Plan:
    """Decide for k directions of a problem.

    Raises:
        UsageError: fewer products are allowed than any solver needs, or ``stored`` has no effect.
    """
    chosen, reasons = choose(solver, Sizes.of(problem), k) if isinstance(solver, Auto) else (solver, (Reason("asked"),))
    products_alone = isinstance(chosen, MatrixFree | Prepared)
    _check_stored(problem, chosen, products_alone)
    holding = None if products_alone else Holding.of(problem.images, problem.session)
    return Plan(chosen, holding, reasons)


def choose(auto: Auto, sizes: Sizes, k: int) -> tuple[Solver, tuple[Reason, ...]]:
    """The solver for a problem of these sizes, and why.

    Raises:
        UsageError: fewer products are allowed than any solver needs.
    """
    tau, n = auto.tau, sizes.dimensions
    products = None if auto.max_products is None else auto.max_products // sizes.images
    facts: dict[str, int | float] = {"dimensions": n, "bytes": sizes.bytes}
    exact = () if auto.tolerance is None else (Reason("exact"),)
    if tau > 0 and n > DENSE_DIMENSIONS:
        return _matrix_free(auto), (Reason("dimensions", facts),)
    if tau > 0 and sizes.bytes > sizes.budget:
        return _matrix_free(auto), (Reason("memory", facts | {"budget": sizes.budget}),)
    if products is not None and products < min(n, least_products(k)):
        raise UsageError(
            f"{parameter('max_products', products)} is too few: the whole Jacobian takes {n} products for each image and the solver "
            f"matrix-free at least {least_products(k)}; allow more."
        )
    if tau > 0 and products is not None and products < n:
        return _matrix_free(auto), (Reason("products", facts | {"products": products}),)
    if tau > 0 and sizes.values < n / 2:
        return Woodbury(tau=tau), (Reason("few unwanted values", facts | {"values": sizes.values}), *exact)
    return Cholesky(tau=tau), (Reason("whole", facts), *exact)


def _matrix_free(auto: Auto) -> MatrixFree:
    if auto.tolerance is None:
        return MatrixFree(tau=auto.tau, max_products=auto.max_products)
    return MatrixFree(tau=auto.tau, tolerance=auto.tolerance, max_products=auto.max_products)


def _check_stored(problem: RegionProblem, solver: Solver, products_alone: bool) -> None:
    """Refuse a precision of the stored Jacobian that has no effect."""
    stored = problem.session.stored
    if stored is None:
        return
    name = str(stored)[6:]
    if products_alone:
        raise UsageError(
            f"{parameter('stored')} ({name}) is the precision of a whole Jacobian, but the solver {solver.name} stores none: leave it out, "
            f"or choose {parameter('solver', 'cholesky')}."
        )
    if stored.itemsize > problem.images.generator.dtype.itemsize:
        raise UsageError(
            f"{parameter('stored')} ({name}) is wider than the {str(problem.images.generator.dtype)[6:]} of the derivatives, so it adds no "
            "precision: leave it out."
        )

"""The planner: it chooses the solver of a problem and where the Jacobian is stored, from sizes alone, and records its reasons."""

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
"""Dimensions up to which the whole Jacobian is computed if it fits: further regions then need only linear algebra."""


@dataclass(frozen=True)
class Reason:
    """A reason for the chosen plan: ``rule`` names the comparison that decided, ``facts`` holds its numbers.

    The rules: ``asked`` (the caller named the solver), ``whole`` (the whole Jacobian is affordable), ``few unwanted values`` (the Woodbury
    form), ``dimensions``, ``memory`` and ``products`` (products alone), ``exact`` (a tolerance was named and the solver is exact).
    """

    rule: str
    facts: dict[str, int | float] = field(default_factory=dict)

    def sentence(self) -> str:
        """The reason as text for the status; empty if it needs no mention."""
        facts = self.facts
        if self.rule == "asked":
            return ""
        if self.rule == "exact":
            return "solved exactly, so within any tolerance"
        columns, size = facts["dimensions"], in_words(facts["bytes"])
        alone = f"from JVPs and VJPs alone, because the whole Jacobian has {columns} columns and takes {size}"
        return {
            "whole": f"from the whole Jacobian ({columns} columns, {size})",
            "few unwanted values": f"from the whole Jacobian by the Woodbury identity, because the protected part has only {facts.get('values')} values",
            "dimensions": alone,
            "memory": f"{alone}, more than the memory budget of {in_words(facts.get('budget', 0))}",
            "products": f"{alone} but max_products allows {facts.get('products')} products",
        }[self.rule]


@dataclass(frozen=True)
class Plan:
    """The plan for a problem: its solver, where the Jacobian is stored, and the reasons.

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
        """The reasons as text for the status."""
        return "; ".join(filter(None, (reason.sentence() for reason in self.reasons)))


@dataclass(frozen=True)
class Sizes:
    """The sizes from which the planner chooses a solver.

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
        channels = problem.images.shape[0]
        values = sum(int(value_weights(unwanted, channels).count_nonzero()) for _, unwanted in problem.parts())
        session = problem.session
        return cls(
            problem.dimensions, values, jacobian_bytes(problem.images, session), session.memory_for("all"), images
        )  # fmt: skip


def plan(problem: RegionProblem, solver: Solver | Auto, k: int) -> Plan:
    """The plan for finding k directions of a problem.

    Raises:
        UsageError: fewer products are allowed than any solver needs, or ``stored`` has no effect.
    """
    chosen, reasons = choose(solver, Sizes.of(problem), k) if isinstance(solver, Auto) else (solver, (Reason("asked"),))
    products_alone = isinstance(chosen, MatrixFree | Prepared)
    _check_stored(problem, chosen, products_alone)
    holding = None if products_alone else problem.holding
    return Plan(chosen, holding, reasons)


def choose(auto: Auto, sizes: Sizes, k: int) -> tuple[Solver, tuple[Reason, ...]]:
    """The solver for a problem of these sizes, with the reasons.

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
            f"{parameter('max_products', products)} is too small: the whole Jacobian needs {n} products for each image, and the solver "
            f"matrix-free needs at least {least_products(k)}; raise the limit."
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
    """Raise UsageError for a precision of the stored Jacobian that has no effect."""
    stored = problem.session.stored
    if stored is None:
        return
    name = str(stored)[6:]
    if products_alone:
        raise UsageError(
            f"{parameter('stored')} ({name}) sets the precision of a stored Jacobian, but the solver {solver.name} stores none; omit the precision, "
            f"or choose {parameter('solver', 'cholesky')}."
        )
    if stored.itemsize > problem.images.generator.dtype.itemsize:
        raise UsageError(
            f"{parameter('stored')} ({name}) is wider than the {str(problem.images.generator.dtype)[6:]} of the derivatives, so it adds no "
            "precision; omit it."
        )

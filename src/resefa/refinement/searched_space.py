"""The solved eigenproblem as a basis: directions that are B'-orthonormal and A-orthogonal, with their image-space derivatives.

In this basis B' is the identity and A is diagonal, so a problem with a changed A is a small symmetric eigenproblem.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.directions.directions import Directions
from resefa.discovery.problem import RegionProblem
from resefa.errors import SolverError
from resefa.jacobian.gram_matrices import total_weight
from resefa.refinement.finite_changes import wanted_weights, weighted_values
from resefa.refinement.first_order import derivatives
from resefa.solvers.eigenpairs import Whitening, largest_eigenpairs
from resefa.solvers.subspace import Form
from resefa.types import Vectors

DENSE = ("cholesky", "woodbury")
"""Solvers whose problem is solved on all dimensions."""
MOST = 96
"""Largest number of basis directions."""


@dataclass(frozen=True, eq=False)
class SearchedSpace:
    """The leading eigenvectors of a solved region problem, as a basis of the directions that were searched.

    Attributes:
        values: (p,) float64, falling: quotients ``e^T A e / e^T B' e``.
        vectors: (p, n) float64, B'-orthonormal rows e.
        rows: (p, q) float64: ``J e`` of the wanted features inside, times the root of weight over total weight, so that
            ``rows @ rows.T`` is the diagonal matrix of ``values``.
        bound: no direction that is B'-orthogonal to the basis has a larger quotient, within the searched dimensions.
        ridge: the multiple of the identity in B'.
    """

    values: Tensor
    vectors: Vectors
    rows: Tensor
    bound: float
    ridge: float

    def direction(self, coordinates: Tensor) -> Tensor:
        """The unit direction (n,) with these coordinates (p,)."""
        found = coordinates @ self.vectors
        return found / found.norm()

    def rates(self, coordinates: Tensor) -> tuple[Vectors, Tensor, Tensor]:
        """The unit directions (k, n) with these coordinates (k, p), and their rates ``d^T A d`` and ``d^T B d``, (k,) each."""
        vectors = coordinates @ self.vectors
        squares = vectors.square().sum(1)
        inside = coordinates.square() @ self.values / squares
        outside = coordinates.square().sum(1) / squares - self.ridge
        return vectors / squares.sqrt()[:, None], inside, outside.clamp_min(0)


def searched_space(problem: RegionProblem, directions: Directions, most: int = MOST) -> SearchedSpace:
    """The searched space of a problem that ReSeFa has solved.

    A problem solved with the whole Jacobian is solved again for ``most`` eigenvectors, from the same Gram matrices. Of a search by
    products the cached subspace is used, on which both Gram matrices are exact.

    Args:
        directions: the solution, whose certificate states the solver and the ridge.

    Raises:
        SolverError: the directions were not found by ReSeFa's eigenproblem.
    """
    certificate = directions.certificate
    if certificate is None or certificate.ridge is None:
        raise SolverError(f"The method {directions.provenance.method} solves no eigenproblem that could be deflated.")
    weight = sum(total_weight(wanted, problem.images.shape[0]) for wanted in wanted_weights(problem))
    if certificate.solver in DENSE:
        a, b = problem.gram_matrices()
        values, vectors, bound = _eigenvectors(a, b, certificate.ridge, most)
        rows = _rows(problem, vectors)
    else:
        inside, outside = (part.to("cpu", torch.float64) for part in problem.weights())
        with problem.subspace() as subspace:
            subspace.extend(directions.vectors.double())
            a, b = (Form(subspace, part / part.sum()).matrix for part in (inside, outside))
            values, coordinates, bound = _eigenvectors(a, b, certificate.ridge, most)
            chosen = inside.nonzero().squeeze(1)
            rows = (
                torch.cat([subspace.pushed(some)[:, chosen] for some in coordinates.split(8)]) * inside[chosen].sqrt()
            )
            vectors = coordinates @ subspace.basis
    return SearchedSpace(values, vectors, rows / weight**0.5, bound, certificate.ridge)


def _eigenvectors(a: Tensor, b: Tensor, ridge: float, most: int) -> tuple[Tensor, Tensor, float]:
    """The leading eigenvalues, their B'-orthonormal eigenvectors as rows, and the next eigenvalue."""
    n = len(a)
    whitening = Whitening.of(b + ridge * torch.eye(n, dtype=b.dtype))
    if whitening is None:
        raise SolverError("The Gram matrix outside the region is singular; give a ridge (tau above 0).")
    values, columns = largest_eigenpairs(whitening.whitened(a), min(most + 1, n))
    vectors = whitening.directions(columns)
    bound = float(values[most]) if len(values) > most else 0.0
    return values[:most].clamp_min(0), vectors[:most], max(bound, 0.0)


def _rows(problem: RegionProblem, vectors: Vectors) -> Tensor:
    """The derivatives of the wanted features, (p, q), all images concatenated."""
    wanted = wanted_weights(problem)
    images: list[list[Tensor]] = []
    for start, changes, _ in derivatives(problem, vectors, features=True):
        if start == 0:
            images.append([])
        images[-1].append(weighted_values(changes, wanted[len(images) - 1]))
    return torch.cat([torch.cat(parts) for parts in images], 1)

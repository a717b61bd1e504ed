"""Distinct directions: not several versions of the same edit.

The eigenvectors of equation 8 are A-orthogonal, so to first order their changes inside are uncorrelated by construction; but edits at
the strengths that people use curve, and two eigenvectors may end in the same image. After each accepted direction the problem is
therefore deflated by the finite changes of the image: with P the projector on the changes of all previous directions (both signs at
a calibrated strength, and ``J d``), the next direction solves

    max_d  d^T J_f^T (I - P) J_f d  /  d^T (B' + REPEATED J_f^T P J_f) d

so that repeating an edit does not count as a change inside and counts as a change outside. A direction whose measured finite change
still correlates above the limit with an accepted one is dropped, and its ``J d`` joins P. Each step is a small symmetric
eigenproblem in the basis of ``SearchedSpace``, where A is diagonal and B' the identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from resefa.directions.directions import Directions
from resefa.directions.facts import DirectionFacts
from resefa.discovery.problem import RegionProblem
from resefa.editing.strength import DEFAULT_CHANGE, check_change
from resefa.errors import UsageError, parameter
from resefa.refinement.finite_changes import FiniteChange, FiniteChanges
from resefa.refinement.searched_space import MOST, SearchedSpace, searched_space

MOST_CORRELATED = 0.7
"""Default of the largest absolute correlation between the changes of two distinct directions."""
REPEATED = 0.1
"""Weight of repeated change in the denominator, in units of the mean squared change inside. With 0 the first direction returns by the
part of its derivative that its finite change lacks; 1 found less local directions on toon-faces-64."""
LEAST_INSIDE = 0.1
"""Fraction of the calibrated change that a direction must reach inside, by at least one sign."""
_TRIALS = 3
"""Trials for each requested direction."""
_INDEPENDENT = 1e-6


@dataclass(frozen=True, eq=False)
class _Accepted:
    """An accepted direction: its coordinates in the basis (p,), its change, and its quotient."""

    coordinates: Tensor
    change: FiniteChange
    quotient: float


def deflated(
    problem: RegionProblem,
    directions: Directions,
    k: int,
    most: float = MOST_CORRELATED,
    *,
    change: float = DEFAULT_CHANGE,
) -> Directions:
    """Up to k distinct directions of a problem that ReSeFa has solved, by deflation; best first.

    Eigenvalues and rates are those of the original problem: each direction's Rayleigh quotient with the Gram matrices of all images.
    The certificate describes the matrices and the search; its residuals are dropped, because only the first direction is an
    eigenvector.

    Args:
        directions: the solution, ``ReSeFa().find(problem, k)``.
        most: the largest absolute correlation of the changes of two directions, between 0 and 1.
        change: mean squared change inside at which changes are compared.

    Raises:
        UsageError: ``most`` or ``change`` out of range.
        SolverError: the directions were not found by ReSeFa.
    """
    most = checked_limit(most)
    check_change(change)
    space = searched_space(problem, directions, max(MOST, 4 * k))
    measured = FiniteChanges(problem, change)
    accepted, trials = _searched(space, measured, k, most)
    accepted.sort(key=lambda one: -one.quotient)
    return _result(directions, space, accepted, (k, trials))


def merged(
    problem: RegionProblem, directions: Directions, most: float = MOST_CORRELATED, *, change: float = DEFAULT_CHANGE
) -> Directions:
    """The directions without near-duplicates: each that correlates above ``most`` with a better direction is dropped.

    Args and errors as in ``deflated``; for the directions of any method.
    """
    most = checked_limit(most)
    check_change(change)
    measured = FiniteChanges(problem, change)
    places: list[int] = []
    changes: list[FiniteChange] = []
    for i, vector in enumerate(directions.vectors):
        found = measured.of(vector)
        if _nearest(found, changes) <= most:
            places.append(i)
            changes.append(found)
        problem.session.report(i + 1, len(directions))
    dropped = len(directions) - len(places)
    note = (
        f"{dropped} near-duplicates of better directions dropped"
        if dropped
        else "no near-duplicates among the directions"
    )
    return _noted(directions.chosen(places), note, changes)


def checked_limit(most: object) -> float:
    """The largest correlation, checked.

    Raises:
        UsageError: not a number between 0 and 1.
    """
    if isinstance(most, bool) or not isinstance(most, int | float) or not 0 < most < 1:
        raise UsageError(
            f"{parameter('distinct', most)} is not possible; give True, or the largest correlation of two directions' changes between 0 and 1."
        )
    return float(most)


def correlations(problem: RegionProblem, directions: Directions, change: float = DEFAULT_CHANGE) -> Tensor:
    """The correlations (k, k) of the directions' finite changes inside the region: largest absolute value over the signs."""
    check_change(change)
    measured = FiniteChanges(problem, change)
    found = [measured.of(vector) for vector in directions.vectors]
    return torch.tensor([[one.correlation(other) for other in found] for one in found], dtype=torch.float64)


def _nearest(change: FiniteChange, others: Sequence[FiniteChange]) -> float:
    return max((change.correlation(other) for other in others), default=0.0)


def _searched(space: SearchedSpace, measured: FiniteChanges, k: int, most: float) -> tuple[list[_Accepted], int]:
    """The accepted directions in the order of acceptance, and the number of trials."""
    problem = measured.problem
    accepted: list[_Accepted] = []
    basis = torch.zeros(space.rows.shape[1], 0, dtype=torch.float64)
    trials = 0
    while len(accepted) < k and trials < _TRIALS * k:
        quotient, coordinates = _best(space, basis)
        if quotient <= max(space.bound, _INDEPENDENT * float(space.values[0])):
            break  # directions that were not searched may be better
        trials += 1
        found = measured.of(space.direction(coordinates).float())
        seen = float(found.inside.max()) >= LEAST_INSIDE * measured.change
        derivative = coordinates @ space.rows
        if seen and _nearest(found, [one.change for one in accepted]) <= most:
            value = float(coordinates.square() @ space.values / coordinates.square().sum())
            accepted.append(_Accepted(coordinates, found, value))
            basis = _extended(basis, torch.cat([found.features, derivative[None]]))
        else:
            basis = _extended(basis, derivative[None])
        problem.session.report(len(accepted), k)
    return accepted, trials


def _best(space: SearchedSpace, basis: Tensor) -> tuple[float, Tensor]:
    """The largest deflated quotient, and the coordinates of its direction."""
    repeated = basis.T @ space.rows.T
    repeated = repeated.T @ repeated
    factor = torch.linalg.cholesky(torch.eye(len(repeated), dtype=repeated.dtype) + REPEATED * repeated)
    half = torch.linalg.solve_triangular(factor, torch.diag(space.values) - repeated, upper=False)
    whitened = torch.linalg.solve_triangular(factor, half.T, upper=False)
    values, columns = torch.linalg.eigh((whitened + whitened.T) / 2)
    return float(values[-1]), torch.linalg.solve_triangular(factor.T, columns[:, -1:], upper=True)[:, 0]


def _extended(basis: Tensor, changes: Tensor) -> Tensor:
    """The orthonormal basis (q, r) with the span of the changes (b, q) added."""
    columns = (changes / changes.norm(dim=1, keepdim=True).clamp_min(torch.finfo(changes.dtype).tiny)).T
    for _ in range(2):  # twice is enough (Parlett)
        columns = columns - basis @ (basis.T @ columns)
    left, singular, _ = torch.linalg.svd(columns, full_matrices=False)
    return torch.cat([basis, left[:, singular > _INDEPENDENT]], 1)


def _result(
    directions: Directions, space: SearchedSpace, accepted: Sequence[_Accepted], counts: tuple[int, int]
) -> Directions:
    k, trials = counts
    coordinates = torch.stack([one.coordinates for one in accepted])
    vectors, inside, outside = space.rates(coordinates)
    certificate = directions.certificate
    assert certificate is not None
    lacking = f" of {k} requested" if len(accepted) < k else ""
    note = (
        f"{len(accepted)} distinct directions{lacking} by deflation with {trials} trials; eigenvalues are Rayleigh quotients of the region "
        f"problem, whose eigenvectors are others from the second direction on"
    )
    if certificate.gaps is not None or certificate.missing is not None:
        note = f"{note}; of the search for the eigenvectors: {certificate.sentence()}"
    plain = replace(certificate, residuals=(), gaps=None, ridge_errors=None, missing=None)
    found = replace(
        directions,
        vectors=vectors.float(),
        eigenvalues=torch.tensor([one.quotient for one in accepted], dtype=torch.float64),
        inside_rate=inside,
        outside_rate=outside,
        certificate=plain,
        facts=None,
    )
    return _noted(found, note, [one.change for one in accepted])


def _noted(directions: Directions, note: str, changes: Sequence[FiniteChange]) -> Directions:
    """The directions with a note in the provenance, and the largest correlation with a better direction in the facts."""
    facts = directions.facts or (DirectionFacts(),) * len(directions)
    near = [None if not i else min(1.0, _nearest(one, changes[:i])) for i, one in enumerate(changes)]
    provenance = directions.provenance
    return replace(
        directions,
        facts=tuple(replace(one, near=value) for one, value in zip(facts, near, strict=True)),
        provenance=replace(provenance, notes="; ".join(filter(None, (provenance.notes, note)))),
    )

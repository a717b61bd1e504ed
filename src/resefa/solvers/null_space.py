"""LowRankGAN's directions: the principal space of A (inside) projected onto the null space of B (outside).

Zhu et al., "Low-Rank Subspaces in GANs" (NeurIPS 2021): ``L_f`` and ``L_b`` are the low-rank parts of the two Gram
matrices by robust PCA. With V the eigenvectors of ``L_f`` (principal space) and U the leading eigenvectors of ``L_b``, a
direction is ``p = (I - U U^T) v``, normalised: to first order it leaves what ``L_b`` describes alone. The relaxation gives
up the weakest r of the outside's directions, for a wider null space.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from resefa.errors import SolverError, parameter
from resefa.solvers.eigenpairs import fix_signs
from resefa.solvers.robust_pca import DEFAULT_TOLERANCE, RobustPCA, robust_pca
from resefa.types import Vectors

# A principal direction with less than this of its length in the null space is rounding, not a direction.
_SMALLEST_SHARE = 1e-8


@dataclass(frozen=True, eq=False)
class NullSpaceSolution:
    """Projected directions, ordered by the eigenvalues of the inside's low-rank part.

    Attributes:
        vectors: (k, n) float64, unit rows; orthogonal to the protected directions, not to each other.
        strengths: (k,) eigenvalue of ``L_f`` of the principal direction, before the projection.
        shares: (k,) length of the unit principal direction after the projection.
        protected: how many directions of the outside are protected.
        inside, outside: the two robust PCAs.
        status: ranks, lambda and convergence in words.
    """

    vectors: Vectors
    strengths: Tensor
    shares: Tensor
    protected: int
    inside: RobustPCA
    outside: RobustPCA
    status: str


def solve_null_space(
    a: Tensor,
    b: Tensor,
    *,
    k: int,
    sparsity: float | None = None,
    relaxation: int = 0,
    tolerance: float = DEFAULT_TOLERANCE,
    iterations: int = 10_000,
) -> NullSpaceSolution:
    """At most k directions; fewer if the inside's low-rank part has a smaller rank.

    Args:
        a: (n, n) Gram matrix inside the region.
        b: (n, n) Gram matrix outside.
        k: how many directions.
        sparsity: lambda of both robust PCAs; default ``1 / sqrt(n)``.
        relaxation: how many of the outside's low-rank directions, the weakest first, are not protected.
        tolerance, iterations: of both robust PCAs.

    Raises:
        SolverError: what robust_pca raises, sizes that differ, a low-rank part that is zero, or an empty null space.
    """
    if a.shape != b.shape:
        raise SolverError(
            f"A has shape {tuple(a.shape)} but B has shape {tuple(b.shape)}; give two Gram matrices of the same size."
        )
    if k < 1 or relaxation < 0:
        raise SolverError(
            f"{parameter('k', k)} with {parameter('relaxation', relaxation)} is not possible; {parameter('k')} is at least 1, and {parameter('relaxation')} at least 0."
        )
    settings = {"sparsity": sparsity, "tolerance": tolerance, "iterations": iterations}
    inside = robust_pca(a, part="inside", **settings)
    outside = robust_pca(b, part="outside", **settings)
    for part, found in (("inside", inside), ("outside", outside)):
        if not found.rank:
            raise SolverError(
                f"The low-rank part of the {part} Gram matrix is zero at {parameter('sparsity', float(f'{found.sparsity:.3g}'))}; give a larger "
                f"{parameter('sparsity')}, for example 1 / sqrt(n)."
            )
    n = len(inside.low_rank)
    # At least one direction is protected and at least one stays free, as in the authors' code.
    protected = min(max(1, outside.rank - relaxation), n - 1)
    avoided = outside.basis[:protected]
    principal = inside.basis
    projected = principal - (principal @ avoided.T) @ avoided
    # A second pass removes the rounding of the first.
    projected = projected - (projected @ avoided.T) @ avoided
    shares = projected.norm(dim=1)
    chosen = (shares > _SMALLEST_SHARE).nonzero().squeeze(1)[:k]
    if not len(chosen):
        raise SolverError(
            f"All {inside.rank} directions of the inside lie in the span of the {protected} protected directions of the outside, so none is left; give a larger {parameter('relaxation')}."
        )
    vectors = fix_signs(projected[chosen] / shares[chosen, None])
    status = f"low rank {inside.rank} inside; {protected} of {outside.rank} directions protected outside; lambda {inside.sparsity:.3g}"
    for part, found in (("inside", inside), ("outside", outside)):
        if not found.converged:
            status += f"; robust PCA of the {part} did not converge in {found.iterations} iterations"
    return NullSpaceSolution(
        vectors, inside.eigenvalues[chosen].abs(), shares[chosen], protected, inside, outside, status
    )

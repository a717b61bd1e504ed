"""LowRankGAN's directions: the foreground's principal space projected on the background's null space.

Zhu et al., "Low-Rank Subspaces in GANs" (NeurIPS 2021): ``L_f`` and ``L_b`` are the low-rank parts of the two Gram
matrices by robust PCA. With V the eigenvectors of ``L_f`` (principal space) and U the leading eigenvectors of ``L_b``, a
direction is ``p = (I - U U^T) v``, normalised: to first order it leaves what ``L_b`` describes alone. The relaxation gives
up the weakest r of the background's directions, for a wider null space.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from resefa.errors import SolverError
from resefa.solvers.eigenpairs import fix_signs
from resefa.solvers.robust_pca import DEFAULT_TOLERANCE, RobustPCA, robust_pca
from resefa.types import Vectors

# A principal direction with less than this of its length in the null space is rounding, not a direction.
_SMALLEST_SHARE = 1e-8


@dataclass(frozen=True, eq=False)
class NullSpaceSolution:
    """Projected directions in the order of the foreground's spectrum.

    Attributes:
        vectors: (k, n) float64, unit rows; not orthogonal to each other, but to the protected directions.
        strengths: (k,) the eigenvalue of ``L_f`` that each one comes from, before the projection.
        shares: (k,) the length that the projection left of the unit principal direction.
        protected: how many directions of the background are left alone.
        foreground, background: the two robust PCAs.
        status: one sentence for the person.
    """

    vectors: Vectors
    strengths: Tensor
    shares: Tensor
    protected: int
    foreground: RobustPCA
    background: RobustPCA
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
    """At most k directions; fewer where the foreground's low rank is smaller.

    Args:
        a: (n, n) foreground Gram matrix.
        b: (n, n) background Gram matrix.
        k: how many directions.
        sparsity: lambda of both robust PCAs; default ``1 / sqrt(n)``.
        relaxation: how many of the background's low-rank directions, the weakest first, are given up.
        tolerance, iterations: of both robust PCAs.

    Raises:
        SolverError: what robust_pca raises, sizes that differ, a low-rank part that is zero, or an empty null space.
    """
    if a.shape != b.shape:
        raise SolverError(f"A is {tuple(a.shape)} and B is {tuple(b.shape)}: both must be over the same latent space.")
    if k < 1 or relaxation < 0:
        raise SolverError(f"k = {k} and relaxation {relaxation} came: give 1 or more, and 0 or more.")
    settings = {"sparsity": sparsity, "tolerance": tolerance, "iterations": iterations}
    inside = robust_pca(a, part="foreground", **settings)
    outside = robust_pca(b, part="background", **settings)
    for part, found in (("foreground", inside), ("background", outside)):
        if not found.rank:
            raise SolverError(
                f"The {part}'s low-rank part is zero at lambda {found.sparsity:.3g}: give a larger lambda, for example "
                "1 / sqrt(n)."
            )
    n = len(inside.low_rank)
    # At least one direction is protected and at least one left free, as in the authors' procedure.
    protected = min(max(1, outside.rank - relaxation), n - 1)
    avoided = outside.basis[:protected]
    principal = inside.basis
    projected = principal - (principal @ avoided.T) @ avoided
    # A second pass takes off what the first one's rounding left.
    projected = projected - (projected @ avoided.T) @ avoided
    shares = projected.norm(dim=1)
    chosen = (shares > _SMALLEST_SHARE).nonzero().squeeze(1)[:k]
    if not len(chosen):
        raise SolverError(
            f"The foreground's {inside.rank} directions lie in the background's {protected}: give a larger relaxation."
        )
    vectors = fix_signs(projected[chosen] / shares[chosen, None])
    status = (
        f"foreground rank {inside.rank}, {protected} of the background's {outside.rank} directions protected, "
        f"lambda {inside.sparsity:.3g}"
    )
    for part, found in (("foreground", inside), ("background", outside)):
        if not found.converged:
            status += f"; the {part}'s robust PCA did not converge in {found.iterations} iterations"
    return NullSpaceSolution(
        vectors, inside.eigenvalues[chosen].abs(), shares[chosen], protected, inside, outside, status
    )

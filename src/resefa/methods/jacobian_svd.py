"""An unsupervised baseline: the leading right-singular vectors of the whole Jacobian, without a region.

What the image reacts to most, wherever it is: the eigenvectors of ``J^T J`` over all pixels (for one image the local basis of
Ramesh, Choi and LeCun, "A spectral regularizer for unsupervised disentanglement", 2018). What a region's contrast adds to it is
what the ReSeFa paper claims.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from resefa.discovery.gram_sums import gram_sums
from resefa.discovery.objectives.objective import Pixels
from resefa.discovery.problem import RegionProblem
from resefa.errors import UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.methods.ranked import Proposal, Ranked
from resefa.solvers.eigenpairs import DENSE_DIMENSIONS, leading_eigenvectors

TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class JacobianSVD(Ranked):
    """Right-singular vectors of the Jacobian over all pixels; the other options are those of ``Ranked``.

    Attributes:
        tolerance: relative, of the singular values' squares where more than DENSE_DIMENSIONS call for products alone; by default
            TOLERANCE.
    """

    tolerance: float | None = None
    name: ClassVar[str] = "jacobian-svd"

    def propose(self, problem: RegionProblem, count: int) -> Proposal:
        # The whole Jacobian is that of the pixels, whatever features the candidates are ranked by.
        problem = problem.with_edit(replace(problem.edit, objective=Pixels()))
        n = problem.dimensions
        status = f"right-singular vectors of the whole Jacobian of {len(problem.code)} images"
        if n <= DENSE_DIMENSIONS:
            everywhere = torch.ones(problem.size, dtype=torch.float64)
            sums = gram_sums(problem.images, [[everywhere]] * len(problem.code), problem.session, problem.holding)
            (mean,) = sums.means()
            exact = "" if self.tolerance is None else "solved exactly, so within any tolerance"
            _, vectors = leading_eigenvectors(lambda rows: rows @ mean, n, count)
            notes = "; ".join(filter(None, (status, sums.note, exact)))
            return Proposal(vectors, notes, {"solver": "svd of the whole Jacobian", "jacobian": sums.mode})
        if problem.session.cache.folder is not None:
            raise UsageError(
                f"{parameter('cache')} has no effect, because above {DENSE_DIMENSIONS} dimensions (here {n}) this method does not compute a "
                f"whole Jacobian; omit {parameter('cache')}."
            )
        operator = problem.operator()

        def product(rows: Tensor) -> Tensor:
            return operator.adjoint(operator.apply(rows))

        _, vectors = leading_eigenvectors(product, n, count, tolerance=self.tolerance or TOLERANCE)
        mode = f"{operator.jacobians[0].mode}, and reverse mode"
        return Proposal(vectors, status, {"solver": "svd by JVPs and VJPs", "jacobian": mode})

    def reason_in(self, generator: BaseGenerator, space: str) -> str | None:
        return (
            None
            if space in generator.spaces
            else f"{generator.name} has no space {space}; choose one of {', '.join(generator.spaces)}."
        )

"""The unsupervised Jacobian baseline: the top right-singular vectors of the whole J.

What the image reacts to most, wherever it is: the eigenvectors of ``J^T J`` over all pixels (for one image the local basis of
Ramesh, Choi and LeCun, "A spectral regularizer for unsupervised disentanglement", 2018). What a region's contrast adds to it is
what this paper claims.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.discovery.grams_of import grams_of
from resefa.discovery.jacobian_of import jacobian_operator
from resefa.discovery.problem import Task
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.jacobian.stacked import StackedOperator
from resefa.methods.ranked import Proposal, Ranked
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.solvers.eigenpairs import DENSE_DIMENSIONS, leading_eigenvectors

TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class WholeJacobian(Ranked):
    """The finder; other options are those of ``Ranked``.

    Attributes:
        tolerance: relative, of the singular values' squares where more than DENSE_DIMENSIONS call for products alone; by default
            TOLERANCE.
        cache: keeps Jacobians, up to that size; None: for the life of the process.
    """

    cache: JacobianCache | None = None
    tolerance: float | None = None
    name: str = "whole-jacobian"

    def propose(self, task: Task, count: int) -> Proposal:
        n = task.motion.dimensions
        if n > DENSE_DIMENSIONS and self.cache is not None:
            raise UsageError(
                f"cache (--keep) has no effect here: with {n} dimensions, more than {DENSE_DIMENSIONS}, this method uses products "
                "only and has no Jacobian to cache: leave it out."
            )
        if n <= DENSE_DIMENSIONS:
            everywhere = torch.ones(task.size, dtype=torch.float64)
            sums = grams_of(task, [everywhere], memory=self.memory, cache=self.cache, progress=self.progress)
            mean, why = sums.grams[0].mean.cpu(), sums.why
            if self.tolerance is not None:
                why = "; ".join(filter(None, (why, "solved exactly, so within any tolerance")))
            _, vectors = leading_eigenvectors(lambda rows: rows @ mean, n, count)
            found = {"solver": "svd of the whole Jacobian", "jacobian": sums.mode}
        else:
            operator = StackedOperator(
                [
                    jacobian_operator(task.generator, one, task.size, motion=task.motion, memory=self.memory)
                    for one in task.code
                ]
            )

            def product(rows: Tensor) -> Tensor:
                return operator.adjoint(operator.apply(rows))

            _, vectors = leading_eigenvectors(product, n, count, tolerance=self.tolerance or TOLERANCE)
            found = {"solver": "svd by products", "jacobian": f"{operator.operators[0].mode}, and reverse mode"}
            why = ""
        status = f"right-singular vectors of the whole Jacobian of {len(task.code)} images"
        return Proposal(vectors, f"{status}; {why}" if why else status, found)

    def reason_in(self, generator: Generator, space: str) -> str | None:
        return None if space in generator.spaces else f"{generator.name} has no space {space}: choose another."

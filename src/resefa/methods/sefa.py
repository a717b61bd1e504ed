"""SeFa: Shen and Zhou, "Closed-form factorization of latent semantics in GANs", CVPR 2021.

With A the weights of the map that reads the code, ``y = A z + b``, the directions that change y most are the eigenvectors
of ``A^T A`` (equation 6). Nothing is sampled and no image is made; the region is unknown to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from resefa.discovery.problem import RegionProblem
from resefa.errors import Message, parameter
from resefa.generators.base import BaseGenerator
from resefa.methods.ranked import Proposal, Ranked
from resefa.solvers.eigenpairs import leading_eigenvectors
from resefa.types import Vectors


@dataclass(frozen=True, eq=False)
class SeFa(Ranked):
    """SeFa: eigenvectors of ``A^T A`` for the weights A that read the code; the other options are those of ``Ranked``.

    A contains the affine layers of a style network (of the chosen layers), otherwise the first layer; for BigGANs also the gains and
    biases that the code sets.

    Attributes:
        normalised: scale the weights of each feature to unit length first, as the authors' code does.
    """

    normalised: bool = True
    name: ClassVar[str] = "sefa"

    def propose(self, problem: RegionProblem, count: int) -> Proposal:
        weights = problem.generator.first_maps(problem.motion).to("cpu", torch.float64)
        _, vectors = directions_of_weights(weights, count, normalised=self.normalised)
        return Proposal(vectors, f"eigenvectors of the weights of {len(weights)} features", {"solver": "closed-form"})

    def reason_in(self, generator: BaseGenerator, space: str) -> str | None:
        if space in generator.linear_spaces:
            return None
        where = ", ".join(generator.linear_spaces)
        if not where:
            return f"SeFa does not support {generator.name}, whose first layer is not known; choose a different method."
        return Message(
            f"SeFa does not find directions in {space}, but for {generator.name} in {where}; "
            f"give {parameter('space', generator.linear_spaces[0])}."
        )


def directions_of_weights(weights: Tensor, count: int, *, normalised: bool = True) -> tuple[Tensor, Vectors]:
    """The largest eigenvalues (c,) of ``A^T A`` and their unit eigenvectors (c, n), for weights A (features, n) in float64."""
    if normalised:
        weights = weights / weights.norm(dim=1, keepdim=True)
    return leading_eigenvectors(lambda rows: (rows @ weights.T) @ weights, weights.shape[1], count)

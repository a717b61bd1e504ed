"""StyleSpace: Wu, Lischinski and Shechtman, "StyleSpace analysis: disentangled controls for StyleGAN image generation",
CVPR 2021.

A direction is one channel of the style space S. Channels are ranked by how much of the change that they make falls into the
region (section 4, where gradient maps are compared with semantic masks): here by the derivative of the image by the channel,
``J e_c``, over the given codes. The paper's local channels are those of few codes too; its 1000 images are not needed for masks
that are drawn on the image itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from resefa.discovery.problem import RegionProblem
from resefa.errors import Message, parameter
from resefa.generators.base import BaseGenerator
from resefa.jacobian.gram_matrices import value_weights
from resefa.methods.ranked import Proposal, Ranked, mean_areas, order


@dataclass(frozen=True, eq=False)
class StyleSpace(Ranked):
    """StyleSpace; each direction is a single channel. If channels are few, all are measured; otherwise random VJPs select the candidates.

    Attributes:
        candidates: number of channels measured exactly, with one JVP each.
        probes: number of random VJPs per image and part of the region for the selection. Each gives for all channels an
            unbiased estimate of ``e_c^T J^T diag(weights) J e_c``, with a relative deviation of about sqrt(2 / probes).
    """

    probes: int = 32
    floor: float = 0.01
    name: ClassVar[str] = "stylespace"
    MANY: ClassVar[int] = 128

    def propose(self, problem: RegionProblem, count: int) -> Proposal:
        n = problem.motion.dimensions
        if n <= max(count, self.probes):
            return Proposal(
                torch.eye(n, dtype=torch.float64), f"single channels of S, all {n} measured", {"solver": "channels"}
            )
        inside, outside = self._screened(problem)
        best = order(inside, outside, self.floor)[:count]
        vectors = torch.zeros(len(best), n, dtype=torch.float64)
        vectors[torch.arange(len(best)), best] = 1
        status = f"single channels of S, {len(best)} measured after a screening of {n} by {self.probes} random VJPs"
        return Proposal(vectors, status, {"solver": "channels"})

    def _screened(self, problem: RegionProblem) -> tuple[Tensor, Tensor]:
        """Estimates of the diagonals of both Gram matrices (n,): the squared change of each channel inside and outside, per value."""
        random = torch.Generator().manual_seed(0)
        channels, rates = problem.images.shape[0], []
        for i, area in enumerate(mean_areas(problem)):
            total = torch.zeros(problem.motion.dimensions, dtype=torch.float64)
            for one, parts in zip(problem.images, problem.parts(), strict=True):
                weights = value_weights(parts[i], channels)
                session = problem.session
                operator = one.operator(session, session.memory_for("all"), strict=session.memory_is_named)
                signs = torch.randint(0, 2, (self.probes, len(weights)), generator=random, dtype=torch.int8) * 2 - 1
                for block in signs.split(8):
                    pulled = operator.adjoint(block.double() * weights.sqrt())
                    total += pulled.to("cpu", torch.float64).square().sum(0)
            rates.append(total / (self.probes * len(problem.code) * area))
        return rates[0], rates[1]

    def reason_in(self, generator: BaseGenerator, space: str) -> str | None:
        if "S" not in generator.spaces:
            return f"StyleSpace edits channels of S, but {generator.name} has only {', '.join(generator.spaces)}; choose a different method."
        return (
            None
            if space == "S"
            else Message(f"StyleSpace edits channels of S, not of {space}; omit {parameter('space')}.")
        )

"""GANSpace: Härkönen, Hertzmann, Lehtinen and Paris, "GANSpace: discovering interpretable GAN controls", NeurIPS 2020.

Style networks: the principal components of many w (section 2.2). Others: those of the first layer's activations, then the
directions of the latent space that go with them, by regression of the codes on the components' coordinates (equation 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from resefa.discovery.problem import RegionProblem
from resefa.errors import Message, UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.methods.ranked import Proposal, Ranked
from resefa.methods.samples import population_seeds, sampled_along
from resefa.solvers.eigenpairs import fix_signs, leading_eigenvectors


@dataclass(frozen=True, eq=False)
class GANSpace(Ranked):
    """GANSpace on ``samples`` random codes (the authors use a million); the other options are those of ``Ranked``.

    The first layer's activations are its linear outputs, before normalisation and nonlinearity.
    """

    samples: int = 10_000
    name: ClassVar[str] = "ganspace"

    def propose(self, problem: RegionProblem, count: int) -> Proposal:
        generator, motion = problem.generator, problem.motion
        codes = sampled_along(generator, motion, population_seeds(self.samples))
        if len(codes) <= codes.shape[1]:
            raise UsageError(
                f"{parameter('samples', len(codes))} is too small for a space of {codes.shape[1]} dimensions; give more than {codes.shape[1]}, for "
                f"example {10 * codes.shape[1]}."
            )
        if _has_mapping(generator):
            vectors, what = components(codes, count), "w"
        else:
            weights = generator.first_maps(motion).to("cpu", torch.float64)
            # The activations' own axes number thousands; those of their span, n.
            vectors = regressed(codes, codes @ torch.linalg.qr(weights).R.T, count)
            what = "first activations"
        return Proposal(vectors, f"principal components of {len(codes)} {what}", {"solver": "pca"})

    def reason_in(self, generator: BaseGenerator, space: str) -> str | None:
        spaces = ("W",) if _has_mapping(generator) else generator.linear_spaces
        if space in spaces:
            return None
        if not spaces:
            return f"GANSpace does not support {generator.name}, whose first layer is not known; choose a different method."
        return Message(
            f"GANSpace does not find directions in {space}, but for {generator.name} in {', '.join(spaces)}; "
            f"give {parameter('space', spaces[0])}."
        )


def _has_mapping(generator: BaseGenerator) -> bool:
    """Whether the generator maps its codes z to a space W."""
    return {"Z", "W"} <= set(generator.spaces)


def components(values: Tensor, count: int) -> Tensor:
    """The unit principal components of values (N, p), as rows (c, p) with the largest variance first."""
    centred = values - values.mean(0)
    covariance = centred.T @ centred / len(values)
    return leading_eigenvectors(lambda rows: rows @ covariance, values.shape[1], count)[1]


def regressed(codes: Tensor, activations: Tensor, count: int) -> Tensor:
    """The directions of codes (c, n) that belong to the principal components of activations (N, p), by regression on codes (N, n)."""
    centred = activations - activations.mean(0)
    coordinates = centred @ components(activations, count).T
    spread = coordinates.square().mean(0).sqrt()
    known = spread > 1e-9 * spread.max()
    steps = torch.linalg.lstsq(coordinates[:, known] / spread[known], codes - codes.mean(0)).solution
    return fix_signs(steps / steps.norm(dim=1, keepdim=True))

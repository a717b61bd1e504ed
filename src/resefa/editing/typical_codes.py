"""The distance of latent codes from the samples of a generator, as a Mahalanobis radius, and the step at which it becomes unusual.

The coordinates of a code form blocks: the rows of a layered code (W+), at most 512 coordinates of S, else the whole code. In each
block, ``r^2 = (w - m)^T C^-1 (w - m) / n`` with the mean m and covariance C of samples, so that a typical sample has a radius of 1. Eigenvalues
of C below a tenth of their mean count as a tenth: samples fill few dimensions of S, and edits leave these dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.generators.base import BaseGenerator
from resefa.latents.motion import Motion

UNUSUAL = 1.5
"""Largest radius of an edited code, as a multiple of the samples' median radius; measured samples of Z and W reach 1.1 to 1.3."""
START = 1.1
"""A code that is unusual before the edit may go this factor further."""
_SEEDS = 1024
_FLOOR = 0.1
_BLOCK = 512


@dataclass(frozen=True, eq=False)
class _Block:
    """The indices (n,) of one block's coordinates, with the map (n, n) after which a typical sample has mean square 1."""

    places: Tensor
    mean: Tensor
    whitening: Tensor

    def whitened(self, values: Tensor) -> Tensor:
        return values @ self.whitening


@dataclass(frozen=True, eq=False)
class TypicalCodes:
    """The distribution of a generator's codes in the coordinates that a motion moves."""

    blocks: tuple[_Block, ...]

    @classmethod
    def of(cls, generator: BaseGenerator, motion: Motion) -> TypicalCodes:
        """Measure the distribution on samples of the generator."""
        values = generator.sample(range(_SEEDS), motion.target.name).values.double().cpu()
        moving = motion.moving().cpu()
        moved = [places for places in _places(motion) if bool(moving[places].any())]
        # Samples of a model that is truncated to its mean do not differ.
        return cls(tuple(_block(values, places) for places in moved if bool(values[:, places].var(0).sum() > 0)))

    def radius(self, values: Tensor) -> float:
        """The radius of a code (N,), the largest of its blocks."""
        values = values.double().cpu()
        radii = (one.whitened(values[one.places] - one.mean).square().mean().sqrt() for one in self.blocks)
        return max(map(float, radii), default=0.0)

    def limit(self, values: Tensor) -> float:
        """The largest radius of an edit of the code (N,) that does not count as unusual."""
        return max(UNUSUAL, START * self.radius(values))

    def excess(self, values: Tensor, limit: float) -> tuple[float, Tensor]:
        """The mean over blocks of ``max(0, r^2 - limit^2)`` at a code (N,), and the gradient (N,)."""
        values = values.double().cpu()
        total, gradient = 0.0, torch.zeros_like(values)
        for one in self.blocks:
            white = one.whitened(values[one.places] - one.mean)
            beyond = float(white.square().mean()) - limit**2
            if beyond > 0:
                total += beyond
                gradient[one.places] = 2 / len(white) * (one.whitening @ white)
        count = max(len(self.blocks), 1)
        return total / count, gradient / count

    def longest(self, values: Tensor, step: Tensor) -> float:
        """The largest alpha at which the code (N,) plus alpha times the step (N,) is not unusual in any block."""
        values, step = values.double().cpu(), step.double().cpu()
        return min((_crossing(one, values, step) for one in self.blocks), default=float("inf"))


def _places(motion: Motion) -> Sequence[Tensor]:
    """The coordinates of each block of the code."""
    size, shape = motion.target.dimensions, motion.target.shape
    width = (
        shape[-1] if len(shape) > 1 and motion.target.name == "W+" else _BLOCK if motion.target.name == "S" else size
    )
    return torch.arange(size).split(width)


def _block(values: Tensor, places: Tensor) -> _Block:
    samples = values[:, places]
    mean = samples.mean(0)
    eigenvalues, vectors = torch.linalg.eigh(torch.cov(samples.T).reshape(len(places), len(places)))
    whitening = vectors / eigenvalues.clamp(min=_FLOOR * float(eigenvalues.mean())).sqrt()
    typical = ((samples - mean) @ whitening).square().mean(1).sqrt().median()
    return _Block(places, mean, whitening / typical)


def _crossing(block: _Block, values: Tensor, step: Tensor) -> float:
    """The alpha above 0 at which the radius of a block reaches its limit."""
    start, move = block.whitened(values[block.places] - block.mean), block.whitened(step[block.places])
    square, cross, radius = float(move.square().mean()), float((start * move).mean()), float(start.square().mean())
    if square <= 0:
        return float("inf")
    limit = max(UNUSUAL, START * radius**0.5) ** 2
    return (-cross + (cross**2 + square * (limit - radius)) ** 0.5) / square

"""Prepared images: a latent subspace that captures nearly all of their Jacobian, computed once for all regions.

One random probe per tile of an 8 x 8 grid, in reverse mode, sees what each part of the image depends on (Halko, Martinsson and Tropp
2011). Probes join the subspace round by round, until those of a new round lie in it but for a fraction of their energy. The ridge
of equation (10) makes this sufficient: directions along which the image changes less than the ridge weigh the same in every quotient.
On p dimensions of n, ``J V^T`` serves any region as a whole Jacobian does: Gram matrices and an eigenproblem, without a product.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from resefa.errors import SolverError, parameter
from resefa.jacobian.dense import TILE_ROOM, ImageJacobian
from resefa.jacobian.gram_matrices import Gram
from resefa.runtime.progress import Progress
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.eigenpairs import fix_signs
from resefa.solvers.protocol import EigenProblem
from resefa.solvers.ridge import DEFAULT_TAU, check_tau, check_trace
from resefa.solvers.solution import Solution
from resefa.solvers.subspace import Subspace
from resefa.types import SquareMatrix

GRID = 8
"""Number of tiles along each side of an image; each tile has a separate probe."""
LARGEST_SHARE = 0.01
"""Largest missing fraction of an image's energy at any ridge, since errors inside the region count in full."""


@dataclass(frozen=True)
class Prepared:
    """Solver on a subspace that is prepared once per image: further regions need only linear algebra.

    Attributes:
        tau: the ridge as a fraction of trace(B), above 0.

    Raises:
        SolverError: tau is 0, negative or not finite.
    """

    tau: float = DEFAULT_TAU
    name: ClassVar[str] = "prepared"

    def __post_init__(self) -> None:
        check_tau(self.tau, self.name)

    @property
    def share(self) -> float:
        """Largest allowed fraction of the images' energy outside the subspace."""
        return min(self.tau, LARGEST_SHARE)

    def solve(self, problem: EigenProblem, k: int) -> Solution:
        """The k best directions on ``problem.prepared(share)``, see ``solve_prepared``."""
        return problem.searched(self, k)

    def search(self, problem: EigenProblem, k: int) -> Solution:
        """A single solution with the problem's present weights."""
        inside, outside = problem.weights()
        return solve_prepared(problem.prepared(self.share), inside, outside, k=k, tau=self.tau)


@dataclass(frozen=True, eq=False)
class PreparedSubspace:
    """A prepared subspace, and the energy of each tile that lies outside.

    Attributes:
        basis: (p, n) orthonormal rows V, float64.
        jacobians: ``J V^T`` of each image, (c h w, p).
        missing: (GRID, GRID) estimate of ``trace(J_t^T J_t)`` outside the subspace, for the values of tile t in all images.
        total: (GRID, GRID) the same over all dimensions.
        share: fraction of the energy that may be missing.
        forward, reverse: JVPs and VJPs spent on the subspace.
    """

    basis: Tensor
    jacobians: Sequence[ImageJacobian]
    missing: Tensor
    total: Tensor
    share: float
    forward: int
    reverse: int

    @property
    def nbytes(self) -> int:
        return self.basis.nbytes + sum(jacobian.nbytes for jacobian in self.jacobians)

    @property
    def missing_share(self) -> float:
        """Fraction of the total energy that lies outside the subspace."""
        total = float(self.total.sum())
        return float(self.missing.sum()) / total if total > 0 else 0.0

    def gram(self, weights: Tensor) -> SquareMatrix:
        """The Gram matrix on the subspace, ``V J^T diag(w) J V^T / sum(w)``, (p, p) float64, for row weights (m,)."""
        shape = self.jacobians[0].image_shape
        parts = weights.view(len(self.jacobians), *shape)
        first, *others = (_image_gram(image, part) for image, part in zip(self.jacobians, parts, strict=True))
        return sum(others, first).mean.cpu()

    def energy(self, weights: Tensor) -> tuple[float, float]:
        """Missing and total energy, ``trace(J^T diag(w) J) / sum(w)`` for row weights (m,), estimated from probes.

        The energy of a tile is assumed to spread evenly over its pixels and channels.
        """
        channels, height, width = self.jacobians[0].image_shape
        images = len(self.jacobians)
        tiles = tile_of_pixels((height, width)).flatten()
        rows = weights.to("cpu", torch.float64).view(images * channels, height * width)
        alike = bool((rows == rows[0]).all())
        part = rows[0] / (channels * float(rows[0].sum()) * images) if alike else rows.mean(0) / float(rows.sum())
        sums = torch.zeros(GRID * GRID, dtype=torch.float64).index_add_(0, tiles, part)
        sizes = tiles.bincount(minlength=GRID * GRID).clamp_min(1) * channels
        mean = sums * channels / sizes
        return float((mean * self.missing.flatten()).sum()), float((mean * self.total.flatten()).sum())


def solve_prepared(
    prepared: PreparedSubspace, inside: Tensor, outside: Tensor, *, k: int, tau: float = DEFAULT_TAU
) -> Solution:
    """The k best directions on a prepared subspace; the ridge is a fraction of the trace over all dimensions.

    Args:
        inside, outside: (m,) weights of the rows of J.

    Raises:
        SolverError: tau is 0, a part does not change with the code, or nothing was prepared.
    """
    check_tau(tau, "prepared")
    a, b = prepared.gram(inside), prepared.gram(outside)
    missing_outside, total_outside = prepared.energy(outside)
    missing_inside, total_inside = prepared.energy(inside)
    searched = float(b.diagonal().sum())
    # Where enough was searched, energy that probes see in tiles on the region's edge is that of the inside.
    check_trace(searched if prepared.missing_share <= prepared.share else searched + missing_outside)
    if not searched > 0:
        raise SolverError(
            f"The memory budget is too small to prepare this image; increase {parameter('memory')}, or choose a different {parameter('solver')}."
        )
    solution = solve_cholesky(a, b, k=k, tau=tau * (searched + missing_outside) / searched)
    shares = [
        1.0 - (part / whole if whole > 0 else 0.0)
        for part, whole in ((missing_inside, total_inside), (missing_outside, total_outside))
    ]
    certificate = replace(
        solution.certificate, solver="prepared", dimensions=prepared.basis.shape[1], tau=tau, inside=shares[0], outside=shares[1],
        forward=prepared.forward, reverse=prepared.reverse, tolerance=prepared.share, missing=prepared.missing_share,
    )  # fmt: skip
    return replace(solution, vectors=fix_signs(solution.vectors @ prepared.basis), certificate=certificate)


def prepare(
    subspace: Subspace,
    image_shape: tuple[int, int, int],
    *,
    share: float,
    memory: int | None = None,
    tile_memory: int = TILE_ROOM,
    progress: Progress | None = None,
) -> PreparedSubspace:
    """Extend ``subspace`` until at most the fraction ``share`` of the energy of J lies outside.

    Args:
        subspace: of an operator whose rows are the values (c, h, w) of one image or of several, one below the other.
        image_shape: (c, h, w); (1, m, 1) for rows that are no image.
        share: above 0; the share tau of the ridge is a good one, where it is small.
        memory: bytes for V and J V; None: no bound. At least one dimension is searched.
        tile_memory: bytes for Gram matrices of tiles, which make further regions quick.
        progress: called with (products spent here, products that seem needed).
    """
    m, n = subspace.shape
    largest = n
    if memory is not None:
        largest = min(n, max(1, int(memory // (8 * n + subspace.dtype.itemsize * m))))
    missing, total = grow(subspace, image_shape, share=share, largest=largest, progress=progress)
    images = subspace.images
    # One copy of J V serves the subspace and its Gram matrices.
    subspace.restore(subspace.basis, images, subspace.forward, subspace.reverse)
    rows = math.prod(image_shape)
    parts = [ImageJacobian(each.T, image_shape, room=tile_memory) for each in images.split(rows, dim=1)]
    return PreparedSubspace(subspace.basis, parts, missing, total, share, subspace.forward, subspace.reverse)


def grow(
    subspace: Subspace,
    image_shape: tuple[int, int, int],
    *,
    share: float,
    largest: int | None = None,
    progress: Progress | None = None,
) -> tuple[Tensor, Tensor]:
    """Extend ``subspace``; return the energy of each tile outside it and in total, (GRID, GRID) each.

    Args:
        largest: dimensions of the subspace at most; None: n.
    """
    m, n = subspace.shape
    channels, *size = image_shape
    images = m // (channels * size[0] * size[1])
    tiles = tile_of_pixels((size[0], size[1])).flatten().repeat(channels * images)
    present = tiles.unique()
    largest = n if largest is None else min(largest, n)
    random = torch.Generator().manual_seed(subspace.reverse)
    began = subspace.forward + subspace.reverse
    missing, total = (torch.zeros(GRID * GRID, dtype=torch.float64) for _ in range(2))
    while True:
        signs = 2 * torch.randint(0, 2, (m,), generator=random, dtype=torch.int8) - 1
        rows = subspace.adjoint((tiles == present[:, None]) * signs)
        rest = rows - (rows @ subspace.basis.T) @ subspace.basis
        missing[present], total[present] = rest.square().sum(1), rows.square().sum(1)
        # Measured by probes that have not joined; they join if too much is missing.
        whole = float(total.sum())
        met = whole <= 0 or float(missing.sum()) / whole <= share
        spent = subspace.forward + subspace.reverse - began
        if progress is not None:
            progress(spent, spent if met else max(spent, min(spent + 2 * len(present), 2 * largest)))
        # A first round always joins: with a large ridge the subspace would otherwise be empty.
        enough = met and len(subspace) > 0
        if enough or len(subspace) >= largest or not len(subspace.extend(rest, largest - len(subspace))):
            return missing.view(GRID, GRID), total.view(GRID, GRID)


def tile_of_pixels(size: tuple[int, int]) -> Tensor:
    """The index of each pixel's tile, (h, w), row by row; an image smaller than the grid has empty tiles."""
    rows, columns = (torch.arange(side) * GRID // side for side in size)
    return rows[:, None] * GRID + columns


def _image_gram(image: ImageJacobian, weights: Tensor) -> Gram:
    """The Gram matrix of one image for weights (c, h, w), from cached tiles if the weights are equal in all channels."""
    return image.gram(weights[0] if bool((weights == weights[0]).all()) else weights)

"""An image prepared once for every region: a subspace of the latent space that holds nearly all of its Jacobian.

On p dimensions of n, ``J V`` is to any region what a whole Jacobian is: Gram matrices and an eigenproblem, no product with the network.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from resefa.discovery.jacobian_of import SHARED_CACHE, Announce, image_key
from resefa.discovery.problem import Task
from resefa.discovery.subspaces import kept_subspace
from resefa.errors import SolverError
from resefa.generators.protocol import Generator
from resefa.jacobian.dense import TILE_ROOM, ImageJacobian
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.memory import memory_budget
from resefa.runtime.progress import Progress
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.cover import GRID, Cover, cover
from resefa.solvers.principal import with_positive_peaks
from resefa.solvers.ridge import check_changes
from resefa.solvers.solution import Solution
from resefa.types import PixelWeights

MOST_LEFT = 0.01
"""Of an image's energy, whatever the ridge: the region's own part of it counts in full."""


@dataclass(frozen=True, eq=False)
class PreparedImages:
    """Attributes:
    basis: (p, n) orthonormal rows V, float64.
    jacobians: ``J V^T`` of each image.
    cover: what V leaves of the images' tiles.
    products: what it has cost.
    """

    basis: Tensor
    jacobians: Sequence[ImageJacobian]
    cover: Cover
    products: int
    mode: str

    @property
    def nbytes(self) -> int:
        return self.basis.nbytes + sum(jacobian.nbytes for jacobian in self.jacobians)

    def mean_gram(self, part: PixelWeights) -> Tensor:
        """(p, p) mean over the images and the values that count."""
        first, *others = (jacobian.gram(part) for jacobian in self.jacobians)
        return sum(others, first).mean.cpu()

    def left_of(self, part: PixelWeights) -> tuple[float, float]:
        """What V leaves, and all, of the trace of that mean over all dimensions, by probes."""
        channels, images = self.jacobians[0].image_shape[0], len(self.jacobians)
        weights = part.to("cpu", torch.float64) / (channels * float(part.sum()) * images)
        return self.cover.left_of(weights, channels)


def prepared_solution(
    task: Task,
    source: Generator,
    *,
    k: int,
    tau: float,
    memory: int | None,
    cache: JacobianCache | None,
    progress: Progress | None,
    announce: Announce | None = None,
) -> tuple[Solution, Tensor, Tensor, str]:
    """The solution, ``d^T A d`` and ``d^T B d`` of its directions (k,), and how derivatives were taken.

    Raises:
        SolverError: tau is 0, or a part does not change with the code.
    """
    if not tau > 0:
        raise SolverError(f"tau = {tau} is not possible: the prepared solver needs a ridge above 0, often 1e-3.")
    shared = SHARED_CACHE if cache is None else cache
    key = f"{image_key(source, task.code, task.size, task.motion).name} prepared {tau}"
    images = shared.kept(key, lambda: prepare(task, source, tau, memory, cache, progress, announce))
    weights = task.coarse
    a, b = (images.mean_gram(part) for part in (weights.edit, weights.protect))
    left, whole = images.left_of(weights.protect)
    left_inside, whole_inside = images.left_of(weights.edit)
    held = float(b.diagonal().sum())
    check_changes(held + left)
    if not held > 0:
        raise SolverError(
            "The memory budget is too small to prepare this image: give more with --memory, or another solver."
        )
    # The ridge is a share of the trace over all dimensions.
    solution = solve_cholesky(a, b, k=k, tau=tau * (held + left) / held)
    v = solution.vectors
    inside, outside = (((v @ gram) * v).sum(1).clamp_min(0) for gram in (a, b))
    p, n = images.basis.shape
    shares = [part / total if total > 0 else 0.0 for part, total in ((left_inside, whole_inside), (left, whole))]
    status = (
        f"on {p} of {n} dimensions, prepared once with {images.products} products for every region of the image; by probes "
        f"{shares[0]:.2%} of the energy of the region's tiles and {shares[1]:.2%} of the rest's lie outside them, "
        f"ridge at {tau:g} of the trace"
    )
    if not images.cover.met:
        status += f"; {images.cover.share:.1g} of the image's energy is left and {images.cover.wanted:g} was wanted: give more --memory"
    directions = with_positive_peaks(v @ images.basis)
    solution = replace(solution, vectors=directions, tau=tau, method="prepared", status=status)
    return solution, inside, outside, f"{images.mode}, and reverse mode"


def prepare(
    task: Task,
    source: Generator,
    tau: float,
    memory: int | None = None,
    cache: JacobianCache | None = None,
    progress: Progress | None = None,
    announce: Announce | None = None,
) -> PreparedImages:
    """Grow the images' subspace until what lies outside is no more than the ridge, ``tau`` of the trace."""
    budget = memory_budget(memory, source.device)
    code, shape = task.code, (source.channels, *task.size)
    m, n = math.prod(shape), task.motion.dimensions
    with kept_subspace(source, code, task.motion, task.size, budget=budget, cache=cache) as known:
        operator = known.operator.operators[0]
        if announce is not None:
            # Of one network pass each: a round is a probe and a column for each tile.
            one = operator.image_seconds() * len(code)
            announce(
                f"The image is prepared for every region in rounds of {2 * GRID**2} products, about {one * 2 * GRID**2:.0f} s each, "
                f"until no more than {min(tau, MOST_LEFT):g} of its energy is left (five to eight rounds on trained networks, at most {-(-n // GRID**2)})."
            )
        room = budget // 2 // (8 * n + known.dtype.itemsize * m * len(code))
        with known.operator.graphs_held(budget // 4):
            found = cover(known, shape, share=min(tau, MOST_LEFT), room=max(int(room), 1), progress=progress)
        spent, images = known.forward + known.reverse, known.images
        # One copy of J V serves the subspace and its Gram matrices.
        known.restore(known.basis, images, known.forward, known.reverse)
    parts = [
        ImageJacobian(each.T, shape, operator.mode, room=min(TILE_ROOM, budget // 4)) for each in images.split(m, dim=1)
    ]
    return PreparedImages(known.basis, parts, found, spent, operator.mode)

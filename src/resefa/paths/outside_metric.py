"""The metric in which a path is corrected: the Gram matrix of the outside at the unedited image, with a small ridge.

One metric serves the whole path. It shapes the steps alone: where a path ends is decided by exact gradients at every step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.discovery.edited_images import EditedImages
from resefa.discovery.image_jacobian import image_jacobian
from resefa.discovery.subspaces import cached_subspace
from resefa.errors import GeneratorError
from resefa.jacobian.gram_matrices import value_weights
from resefa.runtime.session import Session

RIDGE = 1e-4
"""Ridge as a fraction of the trace. Below the paper's 1e-3, since exact gradients protect the outside where the metric does not."""
PROBES = 64
"""Dimensions of the sketch of the outside, where the whole Jacobian is not cached and has more columns."""


@dataclass(frozen=True, eq=False)
class OutsideMetric:
    """``H = B + t I`` with B the mean Gram matrix of the outside, of which only the leading eigenpairs are stored.

    Attributes:
        basis: (r, n) float64, orthonormal eigenvectors.
        values: (r,) float64, their eigenvalues.
        ridge: t > 0.
        forward, reverse: JVPs and VJPs that were spent on it.
        jacobians: whole Jacobians that were computed for it.
    """

    basis: Tensor
    values: Tensor
    ridge: float
    forward: int = 0
    reverse: int = 0
    jacobians: int = 0

    @classmethod
    def of(cls, images: EditedImages, outside: Tensor, session: Session) -> OutsideMetric:
        """The metric of one image: from its whole Jacobian if that is cached or small, else from a sketch by random probes.

        Args:
            outside: weights of unwanted change, (h, w) or (f, h, w).

        Raises:
            GeneratorError: the outside does not depend on the code.
        """
        n = images.motion.dimensions
        key = images.key(session.stored or images.generator.dtype)
        cached = session.cache.has(key)
        if cached or n <= 2 * PROBES:
            gram = image_jacobian(images, session).gram(outside)
            forward = 0 if cached else n
            return cls._from(gram.mean.cpu(), torch.eye(n, dtype=torch.float64), forward, 0, not cached)
        weights = value_weights(outside, images.shape[0]).cpu().double()
        weights = weights / weights.sum()
        with cached_subspace(images, session) as subspace:
            spent = subspace.forward, subspace.reverse
            missing = min(n, PROBES) - len(subspace)
            if missing > 0:
                random = torch.Generator().manual_seed(subspace.reverse)
                signs = 2.0 * torch.randint(0, 2, (missing, len(weights)), generator=random) - 1
                subspace.extend(subspace.adjoint(signs * weights.sqrt()), missing)
            gram = subspace.cross(weights, 0)
            found = subspace.forward - spent[0], subspace.reverse - spent[1]
            return cls._from(gram, subspace.basis, *found, False)

    @classmethod
    def _from(cls, gram: Tensor, basis: Tensor, forward: int, reverse: int, computed: bool) -> OutsideMetric:
        trace = float(gram.diagonal().sum())
        if not (math.isfinite(trace) and trace > 0):
            raise GeneratorError(
                "The image outside the region does not change with the latent code, so that nothing can be held; choose a different region."
            )
        values, vectors = torch.linalg.eigh(gram)
        return cls(vectors.T @ basis, values.clamp_min(0), RIDGE * trace, forward, reverse, int(computed))

    def solve(self, gradient: Tensor, ridges: float = 1.0) -> Tensor:
        """``(B + c t I)^-1 g`` for a gradient (n,) and a multiple c of the ridge, by the Woodbury form of equation 12."""
        ridge = ridges * self.ridge
        kept = self.values / (self.values + ridge)
        return (gradient - (kept * (self.basis @ gradient)) @ self.basis) / ridge

"""A growing latent subspace with its image under J: the state of a matrix-free search.

One JVP ``J v`` serves A and B alike, so both Gram matrices restricted to the subspace are exact for any region: the search for a second
region on the same image starts from the subspace of the first.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from resefa.errors import SolverError
from resefa.jacobian.linear_operator import LinearOperator

_BLOCK = 1 << 25
"""Number of entries of J V that are converted to float64 at a time."""
_DEPENDENT = 1e-7
"""Smallest fraction of a vector that must lie outside the subspace: below it, the vector adds only rounding error."""
_WITHIN = 1e-6
"""Largest fraction of a vector outside the subspace for its product to follow from J V: the rounding of a vector in float32."""


class Subspace:
    """A latent subspace: orthonormal rows V (p, n) in float64, and ``J V`` (p, m) in the operator's precision.

    Attributes:
        forward, reverse: JVPs and VJPs spent so far.
    """

    def __init__(self, operator: LinearOperator) -> None:
        self.operator = operator
        m, n = operator.shape
        self.shape = (m, n)
        self.dtype = operator.dtype
        self.basis = torch.empty(0, n, dtype=torch.float64)
        self._images: list[Tensor] = []
        self.forward = self.reverse = 0

    def __len__(self) -> int:
        return len(self.basis)

    def adjoint(self, covectors: Tensor) -> Tensor:
        """The VJP ``J^T u`` of each row, (k, n) float64 on the CPU.

        Raises:
            SolverError: a product is not finite.
        """
        self.reverse += len(covectors)
        rows = self.operator.adjoint(covectors).to("cpu", torch.float64)
        if not bool(torch.isfinite(rows).all()):
            raise SolverError(
                "A VJP contains NaN or infinity: the generator's derivative is not finite at this latent code. Choose a different seed or code."
            )
        return rows

    def new_part(self, vectors: Tensor) -> Tensor:
        """An orthonormal basis of the rows' components outside the subspace, float64."""
        vectors = vectors / vectors.norm(dim=1, keepdim=True).clamp_min(torch.finfo(torch.float64).tiny)
        for _ in range(2):  # twice is enough (Parlett): the second pass removes the rounding of the first
            vectors = vectors - (vectors @ self.basis.T) @ self.basis
        _, singular, rows = torch.linalg.svd(vectors, full_matrices=False)
        rows = rows[singular > _DEPENDENT]
        rows = rows - (rows @ self.basis.T) @ self.basis
        return torch.linalg.qr(rows.T).Q.T if len(rows) else rows

    def extend(self, vectors: Tensor, most: int | None = None) -> Tensor:
        """Add the span of the rows, up to the whole space; return the rows that were added.

        Args:
            most: how many dimensions to add at most; of more, the strongest components.
        """
        left = self.shape[1] - len(self)
        rows = self.new_part(vectors)[: left if most is None else min(left, most)]
        self.join(rows)
        return rows

    def join(self, rows: Tensor) -> None:
        """Add orthonormal rows that are orthogonal to the subspace."""
        if len(rows):
            images, basis = self.operator.apply(rows), torch.cat([self.basis, rows])
            # Assigned together: an interruption sees both with these rows or both without.
            self._images, self.basis, self.forward = [*self._images, images], basis, self.forward + len(rows)

    def pushed_new(self, vectors: Tensor) -> Tensor:
        """The JVP ``J v`` of each row, (k, m) float64 on the CPU; the rows do not join the subspace."""
        self.forward += len(vectors)
        return self.operator.apply(vectors).to("cpu", torch.float64)

    def pushed(self, coordinates: Tensor) -> Tensor:
        """The images ``J d`` of ``d = coordinates V``, (k, p) -> (k, m), float64 on the CPU."""
        if not self._images:
            return torch.zeros(len(coordinates), self.shape[0], dtype=torch.float64)
        parts = coordinates.split([len(image) for image in self._images], dim=1)
        total = torch.zeros(len(coordinates), self.shape[0], dtype=self._images[0].dtype, device=self._images[0].device)
        for part, image in zip(parts, self._images, strict=True):
            total.addmm_(part.to(image), image)
        return total.to("cpu", torch.float64)

    def known(self, vectors: Tensor) -> Tensor | None:
        """The JVP ``J v`` of each row as ``pushed`` gives it, without a new product; None if a row lies outside the subspace."""
        vectors = vectors.to(self.basis)
        coordinates = vectors @ self.basis.T
        outside = (vectors - coordinates @ self.basis).norm(dim=1)
        return self.pushed(coordinates) if bool((outside <= _WITHIN * vectors.norm(dim=1)).all()) else None

    def snapshot(self) -> Subspace:
        """The subspace as it is now, which does not grow with this one; the memory is shared."""
        return copy.copy(self)

    def energy(self) -> Tensor:
        """For each row of J the energy on the subspace, ``|V J_i|^2``: (m,) float64, with sum ``trace(V J^T J V^T)``."""
        total = torch.zeros(self.shape[0], dtype=torch.float64)
        for image in self._images:
            for row in image:
                total += row.to("cpu", torch.float64).square()
        return total

    def cross(self, weights: Tensor, since: int) -> Tensor:
        """The Gram block ``V_new J^T diag(w) J V^T``, (p - since, p) float64; V_new are the rows of V from ``since`` onwards."""
        total = torch.zeros(len(self) - since, len(self), dtype=torch.float64)
        rows = weights.nonzero().squeeze(1)
        for some in rows.split(max(1, _BLOCK // max(len(self), 1))):
            block = torch.cat([image[:, some.to(image.device)].to("cpu", torch.float64) for image in self._images])
            total.addmm_(block[since:] * weights[some].to("cpu", torch.float64), block.T)
        return total

    @property
    def images(self) -> Tensor:
        """The images ``J V`` (p, m), in the operator's precision."""
        return torch.cat(self._images) if self._images else torch.empty(0, self.shape[0], dtype=self.dtype)

    def restore(self, basis: Tensor, images: Tensor, forward: int, reverse: int) -> None:
        """Copy the state of a different subspace for the same operator."""
        # An empty tensor would stay on the CPU beside those of the generator's device.
        self.basis, self._images = basis, [images] if len(images) else []
        self.forward, self.reverse = forward, reverse

    @property
    def nbytes(self) -> int:
        return self.basis.nbytes + sum(image.nbytes for image in self._images)


class Form:
    """An exact Gram matrix on a subspace, ``V J^T diag(w) J V^T``, updated for new rows of V on demand."""

    def __init__(self, subspace: Subspace, weights: Tensor) -> None:
        self.subspace, self.weights = subspace, weights
        self._matrix = torch.zeros(0, 0, dtype=torch.float64)

    @property
    def matrix(self) -> Tensor:
        """The symmetric matrix (p, p), float64."""
        done, p = len(self._matrix), len(self.subspace)
        if done < p:
            cross = self.subspace.cross(self.weights, done)
            whole = torch.empty(p, p, dtype=torch.float64)
            whole[:done, :done] = self._matrix
            whole[done:, :done] = cross[:, :done]
            whole[:done, done:] = cross[:, :done].T
            whole[done:, done:] = (cross[:, done:] + cross[:, done:].T) / 2
            self._matrix = whole
        return self._matrix

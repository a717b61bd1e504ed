"""Gram matrices of single images in little memory, beside their sum: for questions about which images agree.

Up to ``WHOLE`` dimensions the matrix itself is stored. A larger matrix is stored as a factor of its ``RANK`` strongest directions (Halko,
Martinsson and Tropp 2011): the spectrum of a Jacobian falls fast, so that the remainder lies below the ridge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.discovery.gram_sums import GramSums
from resefa.solvers.subspace import Subspace
from resefa.types import SquareMatrix

WHOLE = 256
RANK = 256
_OVERSAMPLING = 16


@dataclass(frozen=True, eq=False)
class ImageForm:
    """Both Gram matrices of one image.

    Attributes:
        inside, outside: symmetric matrices (n, n), or factors F (r, n) with r < n, where the matrix is ``F^T F``.
        traces: of both matrices, before compression.
    """

    inside: Tensor
    outside: Tensor
    traces: tuple[float, float]

    @classmethod
    def of(cls, sums: GramSums) -> ImageForm:
        """The matrices of one image, compressed."""
        inside, outside = sums.grams
        return cls(compressed(inside.mean.cpu()), compressed(outside.mean.cpu()), (inside.trace, outside.trace))

    def on(self, basis: Tensor | None) -> tuple[SquareMatrix, SquareMatrix]:
        """Both matrices restricted to a basis (p, n) of orthonormal rows, (p, p) float64; None: all dimensions."""
        return _restricted(self.inside, basis), _restricted(self.outside, basis)

    def factors(self) -> tuple[Tensor, Tensor]:
        """Factors (r, n) of both matrices, float64."""
        return _factor(self.inside), _factor(self.outside)


def compressed(gram: SquareMatrix) -> Tensor:
    """The matrix itself, (n, n), if it is small; else a factor (RANK, n) in float32."""
    n = len(gram)
    if n <= WHOLE:
        return gram
    random = torch.Generator().manual_seed(0)
    probes = torch.randn(n, RANK + _OVERSAMPLING, generator=random, dtype=gram.dtype)
    basis = torch.linalg.qr(gram @ (gram @ probes)).Q
    values, vectors = torch.linalg.eigh(basis.T @ gram @ basis)
    roots = values[-RANK:].clamp_min(0).sqrt()
    return (roots[:, None] * (basis @ vectors[:, -RANK:]).T).float()


def searched_forms(subspace: Subspace, weights: tuple[Tensor, Tensor], images: int) -> list[ImageForm]:
    """The matrices of each image on a subspace that was searched on all images together, (p, p) each.

    Args:
        weights: inside and outside, (m,) each, for the rows of all images; those of an image need not have sum 1.
        images: their number; each has the same number of rows.
    """
    return [
        ImageForm(a, b, (float(a.trace()), float(b.trace())))
        for a, b in _searched(subspace, [part.chunk(images) for part in weights])
    ]


def _searched(subspace: Subspace, parts: Sequence[Sequence[Tensor]]) -> Iterator[tuple[Tensor, Tensor]]:
    start = 0
    moved = subspace.images
    for pair in zip(*parts, strict=True):
        rows = moved[:, start : start + len(pair[0])].to("cpu", torch.float64)
        start += len(pair[0])
        a, b = ((rows * (part / part.sum().clamp_min(1e-300))) @ rows.T for part in pair)
        yield (a + a.T) / 2, (b + b.T) / 2


def _restricted(form: Tensor, basis: Tensor | None) -> SquareMatrix:
    if len(form) == form.shape[1]:
        return form if basis is None else basis @ form @ basis.T
    rows = form.double() if basis is None else form.double() @ basis.T
    return rows.T @ rows


def _factor(form: Tensor) -> Tensor:
    if len(form) < form.shape[1]:
        return form.double()
    values, vectors = torch.linalg.eigh(form)
    return values.clamp_min(0).sqrt()[:, None] * vectors.T

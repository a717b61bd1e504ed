"""How well directions for many images transfer to images that took no part: leave-one-out scores, and how many images are enough.

All figures are first-order: from the Gram matrices of single images, without further products. The score of a direction d on image i is the
Rayleigh quotient ``d^T A_i d / d^T B'_i d`` (equation 7), as a fraction of the quotient of the image's best direction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from resefa.directions.facts import DirectionFacts, Transfer
from resefa.discovery.image_forms import ImageForm
from resefa.discovery.image_scales import scale_of
from resefa.solvers.eigenpairs import Whitening, largest_eigenpairs
from resefa.solvers.woodbury import solve_woodbury
from resefa.types import SquareMatrix, Vectors

MOST_LEFT_OUT = 256
"""Most images that are left out in turn; of more, images at even intervals."""
SUBSETS = 8
"""Random subsets of images for each size on the curve."""
_FURTHER = 4
"""Directions beyond the requested ones in which the counterpart of a direction is searched: orders change between subsets."""
_SPAN = 512
"""Directions of all images together whose span is searched where forms are factors; at least ``_LEAST_SPAN`` of each image."""
_LEAST_SPAN = 8
_STORED = 2**27
"""Bytes for matrices of images on the searched span."""
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Consensus:
    """Several images with their Gram matrices, and the directions that suit all of them.

    Attributes:
        forms: the matrices of each image, in the coordinates of the vectors.
        vectors: (k, n) unit rows, best first.
        tau: the ridge as a fraction of the trace of B.
        normalised: whether every image counts the same in a sum.
        missing: trace(B) over all dimensions, divided by that in the coordinates of the forms.
    """

    forms: Sequence[ImageForm]
    vectors: Vectors
    tau: float
    normalised: bool
    missing: float = 1.0

    def transfers(self) -> tuple[Transfer, ...]:
        """The transfer of each direction: scores on images left out, and the curve over the number of images."""
        small = _Restricted.of(self)
        k = len(self.vectors)
        left_out = torch.linspace(0, len(small) - 1, min(len(small), MOST_LEFT_OUT)).round().long().tolist()
        every = range(len(small))
        scores = torch.cat([small.scores([j for j in every if j != i], [i]) for i in left_out], 1)
        sizes, points = [], []
        for size, subsets in _subsets(len(small)):
            sizes.append(size)
            points.append(torch.cat([small.scores(*subset) for subset in subsets], 1).median(1).values)
        curve = torch.stack(points, 1) if points else torch.zeros(k, 0)
        return tuple(Transfer(tuple(_rounded(scores[j])), tuple(sizes), tuple(_rounded(curve[j]))) for j in range(k))

    def facts(self) -> tuple[DirectionFacts, ...]:
        """The transfer of each direction as facts of the directions file."""
        return tuple(DirectionFacts(transfer=each) for each in self.transfers())


class _Restricted:
    """The problem restricted to the span of the best directions of all images and of the consensus, if there are many dimensions."""

    def __init__(self, problem: Consensus, basis: Tensor | None, best: Tensor) -> None:
        self.problem, self.basis, self.best = problem, basis, best
        vectors = problem.vectors.double()
        self.vectors = vectors if basis is None else vectors @ basis.T
        size = self.vectors.shape[1]
        self.on_basis = lru_cache(max(1, _STORED // (16 * size**2)))(lambda image: problem.forms[image].on(basis))
        self.total = self._sum(range(len(problem.forms)))

    @classmethod
    def of(cls, problem: Consensus) -> _Restricted:
        k = len(problem.vectors)
        n = problem.vectors.shape[1]
        factored = any(len(form.inside) < n or len(form.outside) < n for form in problem.forms)
        if not factored:
            best = [
                _pairs(*form.on(None), problem.tau * problem.missing * form.traces[1], 1)[0][0]
                for form in problem.forms
            ]
            return cls(problem, None, torch.stack(best))
        rows, best = [problem.vectors.double()], []
        of_each = max(k + _LEAST_SPAN, _SPAN // len(problem.forms))
        for form in problem.forms:
            own = solve_woodbury(*form.factors(), k=of_each, tau=problem.tau)
            rows.append(own.vectors)
            best.append(own.eigenvalues[0])
        _, singular, basis = torch.linalg.svd(torch.cat(rows), full_matrices=False)
        return cls(problem, basis[singular > 1e-7 * singular[0]], torch.stack(best))

    def __len__(self) -> int:
        return len(self.problem.forms)

    def _sum(self, images: Iterable[int]) -> tuple[Tensor, Tensor, float]:
        """Both matrices and the trace of B, summed over images with their weights."""
        size = self.vectors.shape[1]
        a, b = (torch.zeros(size, size, dtype=torch.float64) for _ in range(2))
        trace = 0.0
        for image in images:
            traces = self.problem.forms[image].traces
            inside, outside = map(scale_of, traces) if self.problem.normalised else (1.0, 1.0)
            own = self.on_basis(image)
            a.add_(own[0], alpha=inside)
            b.add_(own[1], alpha=outside)
            trace += outside * traces[1]
        return a, b, trace

    def scores(self, analysed: Sequence[int], others: Sequence[int]) -> Tensor:
        """Scores (k, others) on other images: of each direction's counterpart among the directions of the analysed images."""
        if 2 * len(analysed) > len(self):
            left = self._sum(sorted({*range(len(self))} - {*analysed}))
            a, b, trace = self.total[0] - left[0], self.total[1] - left[1], self.total[2] - left[2]
        else:
            a, b, trace = self._sum(analysed)
        _, found = _pairs(a, b, self._ridge(trace), len(self.vectors) + _FURTHER)
        counterparts = found[(self.vectors @ found.T).abs().argmax(1)]
        return torch.stack([self._score(counterparts, i) for i in others], 1)

    def _ridge(self, trace: float) -> float:
        return self.problem.tau * self.problem.missing * trace

    def _score(self, vectors: Tensor, image: int) -> Tensor:
        a, b = self.on_basis(image)
        ridge = self._ridge(self.problem.forms[image].traces[1])
        inside, outside = (((vectors @ part) * vectors).sum(1) for part in (a, b))
        best = float(self.best[image])
        return (inside / (outside + ridge).clamp_min(_TINY) / max(best, _TINY)).clamp(0, 1)


def _pairs(a: SquareMatrix, b: SquareMatrix, ridge: float, k: int) -> tuple[Tensor, Vectors]:
    """The k largest eigenvalues and unit directions of ``A d = lambda (B + ridge I) d``; a singular B gets the least ridge."""
    n, least = len(a), 1e-12 * max(float(b.trace()), float(a.trace()), _TINY)
    whitening = Whitening.of(b + max(ridge, least) * torch.eye(n, dtype=b.dtype))
    assert whitening is not None  # B is positive semidefinite, and the ridge is far above its rounding
    values, columns = largest_eigenpairs(whitening.whitened(a), min(k, n))
    vectors = whitening.directions(columns)
    return values, vectors / vectors.norm(dim=1, keepdim=True)


def _subsets(images: int) -> Iterator[tuple[int, list[tuple[list[int], list[int]]]]]:
    """Sizes 1, 2, 4, ... below the number of images, each with random subsets and the images that they leave."""
    random = torch.Generator().manual_seed(0)
    size = 1
    while size < images:
        drawn = [torch.randperm(images, generator=random).tolist() for _ in range(SUBSETS)]
        yield size, [(order[:size], order[size : size + MOST_LEFT_OUT // SUBSETS]) for order in drawn]
        size *= 2


def _rounded(values: Tensor) -> list[float]:
    return [round(value, 4) for value in values.tolist()]

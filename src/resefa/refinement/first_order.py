"""The derivative of the image along directions, to first order in the strength: ``J d`` (paper, equation 3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from resefa.discovery.edited_images import EditedImages
from resefa.discovery.image_jacobian import image_jacobian
from resefa.discovery.objectives.objective import PIXELS, Pixels
from resefa.discovery.problem import RegionProblem
from resefa.runtime.session import Session
from resefa.types import PixelWeights, Vectors

AT_ONCE = 8
"""The number of derivatives of one image that are in memory at a time."""


def derivatives(
    problem: RegionProblem, vectors: Vectors, *, features: bool = False
) -> Iterator[tuple[int, Tensor, PixelWeights]]:
    """Derivatives of the problem's images along directions.

    They follow from the problem's searched subspace, which contains the directions that were found there, or are read from a cached
    Jacobian; else they cost a JVP for each direction and image.

    Args:
        vectors: (k, n).
        features: of the objective's features; False: of the pixels, whatever the objective.

    Yields:
        for each image and up to ``AT_ONCE`` directions: the index of the first direction, ``J d`` as (b, f, h, w) float64
        on the CPU at the analysis size, and the weights (h, w) of the region on that image.
    """
    weights = (region.weights(*problem.generator.resolution).resized(*problem.size).edit for region in problem.regions)
    known = _known(problem, vectors, features=features)
    for i, (edited, edit) in enumerate(zip(problem.images, weights, strict=True)):
        image = edited if features else replace(edited, objective=Pixels())
        if known is not None:
            for start, found in zip(range(0, len(vectors), AT_ONCE), known[i].split(AT_ONCE), strict=True):
                yield start, found.reshape(-1, *image.shape), edit.to("cpu", torch.float64)
            continue
        product = _product(image, problem.session.part(i, len(problem.code)))
        for start in range(0, len(vectors), AT_ONCE):
            found = product(vectors[start : start + AT_ONCE]).to("cpu", torch.float64)
            yield start, found.reshape(-1, *image.shape), edit.to("cpu", torch.float64)


def _known(problem: RegionProblem, vectors: Vectors, *, features: bool) -> tuple[Tensor, ...] | None:
    """``J d`` of each image from the problem's searched subspace; None if that does not contain the directions, or has other features."""
    subspace = problem.searched_subspace
    if subspace is None or not (features or problem.objective.feature_map == PIXELS):
        return None
    found = subspace.known(vectors)
    return None if found is None else found.split(math.prod(problem.images.shape), dim=1)


def _product(image: EditedImages, session: Session) -> Callable[[Tensor], Tensor]:
    """``J d`` of one image, from its cached Jacobian or by JVPs."""
    stored = session.stored or image.generator.dtype
    if session.cache.has(image.key(stored)):
        return image_jacobian(image, session).apply
    return image.operator(session, session.memory_for("all"), strict=session.memory_is_named).apply

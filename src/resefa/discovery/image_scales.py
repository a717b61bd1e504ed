"""The weight of each image in a normalised sum of Gram matrices, estimated from a few JVPs for searches without Gram matrices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from resefa.discovery.edited_images import EditedImages
from resefa.jacobian.gram_matrices import value_weights
from resefa.runtime.session import Session

PROBES = 16
"""JVPs for each image. The estimate is a weight of the image in a sum, for which an error of a fifth is harmless."""


def scale_of(trace: float) -> float:
    """The factor by which the Gram matrix of one image enters a normalised sum; 0 for an image that nothing changes."""
    return 1 / trace if trace > 0 else 0.0


def estimated_scales(
    images: EditedImages, parts: Iterable[Sequence[Tensor]], session: Session
) -> list[tuple[float, ...]]:
    """For each image the factors of its weights inside and outside, from random orthonormal steps.

    ``trace(J^T diag(w) J)`` is the mean of ``n |diag(w)^(1/2) J v|^2`` over random unit vectors v.

    Args:
        parts: for each image the weights inside and outside, (h, w) or (f, h, w) each.
    """
    n, channels = images.motion.dimensions, images.shape[0]
    random = torch.Generator().manual_seed(0)
    steps = torch.linalg.qr(torch.randn(n, min(n, PROBES), generator=random, dtype=torch.float64)).Q.T
    memory = session.memory_for("tangents")
    found: list[tuple[float, ...]] = []
    for image, (inside, outside) in zip(images, parts, strict=True):
        moved = image.operator(session, memory, strict=True).apply(steps).to("cpu", torch.float64).square().sum(0)
        a, b = (n / len(steps) * float(moved @ value_weights(part, channels)) for part in (inside, outside))
        found.append((scale_of(a), scale_of(b)))
    return found

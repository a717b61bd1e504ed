"""SAP, the separated attribute predictability of a latent space with labelled factors: Kumar, Sattigeri and Balakrishnan, "Variational
inference of disentangled latent concepts from unlabeled observations", ICLR 2018, section 3.

For each factor the score of every dimension, then the difference between the two best scores, as a mean over factors: high if one
dimension alone holds the factor. The score is R^2 of a linear regression; for a factor with classes, the fraction of the dimension's
variance between the classes (the correlation ratio, which is the R^2 of a regression on the class).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from resefa.errors import MetricError


def attribute_predictability(
    codes: Float[Tensor, "b n"], classes: Mapping[str, Tensor], numbers: Mapping[str, Tensor] | None = None
) -> float:
    """SAP of codes (b, n).

    Args:
        classes: factor -> (b,) integer class of each sample.
        numbers: factor -> (b,) number of each sample.

    Raises:
        MetricError: fewer than two dimensions, no factor, or a factor with another number of samples.
    """
    scores = predictability(codes, classes, numbers)
    best = scores.topk(2, dim=0).values
    return float((best[0] - best[1]).mean())


def predictability(
    codes: Float[Tensor, "b n"], classes: Mapping[str, Tensor], numbers: Mapping[str, Tensor] | None = None
) -> Float[Tensor, "n k"]:
    """The score of each dimension for each factor, in [0, 1]; classes come before numbers. A constant factor scores 0.

    Raises:
        MetricError: as ``attribute_predictability``.
    """
    numbers = numbers or {}
    if codes.ndim != 2 or codes.shape[1] < 2 or not (classes or numbers):
        raise MetricError(
            f"codes has shape {tuple(codes.shape)} and there are {len(classes) + len(numbers)} factors; give (b, n) with n at least 2, and at least one factor."
        )
    for name, factor in {**classes, **numbers}.items():
        if factor.shape != codes.shape[:1]:
            raise MetricError(f"The factor {name} has shape {tuple(factor.shape)}; expected ({len(codes)},).")
    x = codes.detach().cpu().double()
    x = x - x.mean(0)
    total = x.square().sum(0).clamp_min(1e-300)
    columns = [_between(x, factor.cpu()) / total for factor in classes.values()]
    for factor in numbers.values():
        y = factor.detach().cpu().double()
        y = y - y.mean()
        columns.append((x.T @ y).square() / (total * y.square().sum().clamp_min(1e-300)))
    return torch.stack(columns, 1)


def _between(x: Tensor, factor: Tensor) -> Tensor:
    """The sum of squares between classes of centred codes (b, n)."""
    found = torch.zeros(x.shape[1], dtype=x.dtype)
    for each in factor.unique():
        members = x[factor == each]
        found += len(members) * members.mean(0).square()
    return found

"""DCI: disentanglement, completeness and informativeness of a latent space with labelled factors: Eastwood and Williams, "A framework
for the quantitative evaluation of disentangled representations", ICLR 2018, section 2, with their lasso as the predictor.

A linear predictor of each factor from the code; R_ij is the size of the weight of dimension i for factor j, on standardised values.
Disentanglement: whether a dimension depends on one factor only. Completeness: whether a factor depends on one dimension only.
Informativeness: the prediction error on held-out samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from resefa.errors import MetricError

PENALTIES = tuple(10.0 ** (-k / 2) for k in range(1, 9))
"""Penalties of the lasso, as fractions of the smallest penalty with zero weights; the best on held-out samples is chosen per factor."""
_ITERATIONS, _TOLERANCE = 2000, 1e-7
_FEWEST = 10


@dataclass(frozen=True, eq=False)
class Disentanglement:
    """Figures of a space with n dimensions and k factors.

    Attributes:
        disentanglement, completeness: in [0, 1], weighted and plain means as in the paper; NaN if nothing can be predicted.
        informativeness: root mean squared error divided by the factor's standard deviation, mean over factors: 0 perfect, 1 chance.
        importance: (n, k), R of the paper; (n, groups) if factors are grouped.
        errors: (k,) error of each factor.
    """

    disentanglement: float
    completeness: float
    informativeness: float
    importance: Float[Tensor, "n k"]
    errors: Float[Tensor, "k"]


def disentanglement(
    codes: Float[Tensor, "b n"],
    factors: Float[Tensor, "b k"],
    *,
    groups: Sequence[int] | None = None,
    held_out: float = 0.25,
    seed: int = 0,
) -> Disentanglement:
    """DCI of codes (b, n) and the labels or scores (b, k) of their images; b should be several hundred.

    Args:
        groups: number of the group of each column of ``factors``: the columns of a factor with classes, one for each class, form a group.
            The importance of a group is the sum over its columns; disentanglement and completeness are those of groups.
        held_out: fraction of the samples that selects the penalty, and an equal fraction that measures the error; drawn by ``seed``.

    Raises:
        MetricError: different numbers of codes and factors, a single factor, values that are not finite, a constant factor, or too
            few samples.
    """
    if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors) or factors.shape[1] < 2 or codes.shape[1] < 2:
        raise MetricError(
            f"codes and factors have shapes {tuple(codes.shape)} and {tuple(factors.shape)}; expected (b, n) and (b, k), n and k at least 2."
        )
    away = int(len(codes) * held_out)
    if away < _FEWEST or len(codes) - 2 * away < _FEWEST:
        raise MetricError(
            f"{len(codes)} samples are too few with held_out={held_out}; each of the three parts needs at least {_FEWEST}."
        )
    x, y = codes.detach().cpu().double(), factors.detach().cpu().double()
    if not bool(x.isfinite().all() and y.isfinite().all()):
        raise MetricError("A code or a factor is NaN or infinite; remove those samples.")
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    test, choose, fit = order[:away], order[away : 2 * away], order[2 * away :]
    if bool((y[fit].std(0) == 0).any()):
        raise MetricError(f"Factor {int((y[fit].std(0) == 0).int().argmax())} has a single value; remove this factor.")
    x = (x - x[fit].mean(0)) / x[fit].std(0).clamp_min(1e-12)
    y = (y - y[fit].mean(0)) / y[fit].std(0)
    best, weights = (
        torch.full((y.shape[1],), torch.inf, dtype=torch.float64),
        torch.zeros(x.shape[1], y.shape[1]).double(),
    )
    current = weights
    for share in PENALTIES:
        current = lasso(x[fit], y[fit], share, current)
        error = (x[choose] @ current - y[choose]).square().mean(0)
        weights = torch.where(error < best, current, weights)
        best = torch.minimum(best, error)
    errors = (x[test] @ weights - y[test]).square().mean(0).sqrt() / y[test].std(0, correction=0).clamp_min(1e-12)
    importance = weights.abs() if groups is None else _grouped(weights.abs(), groups)
    dimensions = importance.sum(1)
    each = 1 - _entropy(importance)
    return Disentanglement(
        float((each * dimensions / dimensions.sum()).nansum()) if float(dimensions.sum()) else float("nan"),
        float((1 - _entropy(importance.T)).nanmean()),
        float(errors.mean()),
        importance,
        errors,
    )


def _grouped(importance: Tensor, groups: Sequence[int]) -> Tensor:
    """The importance (n, groups), summed over the columns of each group."""
    if (
        len(groups) != importance.shape[1]
        or set(groups) != set(range(max(groups, default=0) + 1))
        or len(set(groups)) < 2
    ):
        raise MetricError(
            f"groups has {len(groups)} numbers for {importance.shape[1]} factors; give each factor a group, 0, 1, ..., of which there are two or more."
        )
    summed = torch.zeros(len(importance), len(set(groups)), dtype=importance.dtype)
    return summed.index_add(1, torch.tensor(list(groups)), importance)


def _entropy(rows: Tensor) -> Tensor:
    """Entropy of each row as a distribution, divided by its maximum; NaN for rows of zeros."""
    shares = rows / rows.sum(1, keepdim=True)
    return -torch.special.xlogy(shares, shares).sum(1) / torch.tensor(float(rows.shape[1])).log()


def lasso(x: Float[Tensor, "b n"], y: Float[Tensor, "b k"], share: float, start: Tensor) -> Float[Tensor, "n k"]:
    """Lasso argmin_W |x W - y|^2 / (2 b) + a_j |W_j|_1 for all columns at once; a_j: the smallest a with W_j = 0, times ``share``.

    Accelerated proximal gradient (Beck and Teboulle, SIAM J. Imaging Sciences 2009, with constant step), until a step
    changes no weight by more than 1e-7.
    """
    gram, target = x.T @ x / len(x), x.T @ y / len(x)
    penalty = share * target.abs().amax(0)
    step = 1 / torch.linalg.eigvalsh(gram)[-1].clamp_min(1e-12)
    weights, ahead, pace = start, start, 1.0
    for _ in range(_ITERATIONS):
        moved = ahead - step * (gram @ ahead - target)
        new = moved.sign() * (moved.abs() - step * penalty).clamp_min(0)
        following = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        ahead = new + (pace - 1) / following * (new - weights)
        change, weights, pace = (new - weights).abs().max(), new, following
        if float(change) < _TOLERANCE:
            break
    return weights

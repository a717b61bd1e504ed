"""Kernel distance between two sets of features: the unbiased squared maximum mean discrepancy, KID on Inception features.

Binkowski, Sutherland, Arbel, Gretton, "Demystifying MMD GANs", ICLR 2018, section 4: the kernel is k(x, y) = (x.y / d + 1)^3, the
figure the mean over random subsets. Unbiased, so unlike the Frechet distance it does not need more samples than
dimensions, and it may be slightly negative for equal distributions.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.errors import MetricError
from resefa.metrics.frechet import INCEPTION

MOST_IN_A_SUBSET = 1000
"""The default number and size of the subsets, as in the paper's code."""


@dataclass(frozen=True)
class KernelDistance:
    """Mean and standard deviation over ``subsets`` subsets of ``subset_size`` samples of each set (one subset: deviation 0)."""

    mean: float
    deviation: float
    subsets: int
    subset_size: int


def kernel_name(extractor_name: str) -> str:
    """Name of the distance: ``"KID"`` on Inception features, else ``"Kernel distance (...)"``."""
    return "KID" if extractor_name == INCEPTION else f"Kernel distance ({extractor_name})"


def kernel_distance(
    first: Tensor, second: Tensor, *, subsets: int = 100, subset_size: int | None = None, seed: int = 0
) -> KernelDistance:
    """Kernel distance between features (n, d) and (m, d), in float64, on seeded subsets drawn without replacement.

    Args:
        subset_size: samples of each set in a subset; default the size of the smaller set, at most 1000. If a subset is all of
            both sets, one subset is used, since all would be equal.

    Raises:
        MetricError: different dimensions, fewer than two samples, or subsets larger than a set.
    """
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise MetricError(
            f"first and second have shapes {tuple(first.shape)} and {tuple(second.shape)}; expected (n, d) and (m, d) from the same extractor."
        )
    fewest = min(len(first), len(second))
    size = min(fewest, MOST_IN_A_SUBSET) if subset_size is None else subset_size
    if not 2 <= size <= fewest or subsets < 1:
        raise MetricError(
            f"{subsets} subsets of {size} are not possible with {len(first)} and {len(second)} samples; give at least 1 subset, of 2 to "
            f"{fewest} samples."
        )
    x, y = first.detach().to("cpu", torch.float64), second.detach().to("cpu", torch.float64)
    if size == len(x) == len(y):
        return KernelDistance(float(squared_discrepancy(x, y)), 0.0, 1, size)
    draw = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(subsets):
        mine = torch.randperm(len(x), generator=draw)[:size]
        theirs = torch.randperm(len(y), generator=draw)[:size]
        found.append(squared_discrepancy(x[mine], y[theirs]))
    values = torch.stack(found)
    return KernelDistance(float(values.mean()), float(values.std(correction=0)), subsets, size)


def squared_discrepancy(x: Tensor, y: Tensor, groups: Tensor | None = None) -> Tensor:
    """Unbiased estimate of MMD^2 between samples (n, d) and (m, d) (Gretton et al., JMLR 2012, equation 3).

    Args:
        groups: (n,) number of the group of each x. Samples of one group are not independent, such as edits of one image, and are not
            compared with each other; at least two groups.
    """

    def kernel(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.T / a.shape[1] + 1) ** 3

    def within(a: Tensor, apart: Tensor) -> Tensor:
        return (kernel(a, a) * apart).sum() / apart.sum()

    def different(numbers: Tensor) -> Tensor:
        return (numbers[:, None] != numbers[None]).to(x)

    own = torch.arange(len(x)) if groups is None else groups
    return within(x, different(own)) + within(y, different(torch.arange(len(y)))) - 2 * kernel(x, y).mean()

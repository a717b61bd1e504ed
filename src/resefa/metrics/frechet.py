"""Frechet distance between two sets of features, taken as Gaussians.

Dowson and Landau, "The Frechet distance between multivariate normal distributions", J. Multivariate Analysis 1982; as a
measure of generated images: Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash
equilibrium", NeurIPS 2017, equation 6:

    d^2 = |m1 - m2|^2 + tr(S1) + tr(S2) - 2 tr((S1 S2)^(1/2))

The figure may be called FID only with the Inception-v3 of that paper.
"""

from __future__ import annotations

import torch
from torch import Tensor

from resefa.errors import MetricError
from resefa.metrics.moments import FeatureMoments, refuse_too_few
from resefa.types import Features, SquareMatrix

INCEPTION = "Inception-v3 (FID)"
"""Name of the only extractor whose Frechet distance is the FID."""


def frechet_name(extractor_name: str) -> str:
    """Name of the distance on an extractor's features: ``"FID"``, or ``"Frechet distance (EfficientNet-Lite0)"``."""
    return "FID" if extractor_name == INCEPTION else f"Frechet distance ({extractor_name})"


def frechet_distance(first: FeatureMoments, second: FeatureMoments, *, allow_singular: bool = False) -> float:
    """Squared Frechet distance, as usually reported; symmetric, zero for equal moments, never negative.

    Args:
        allow_singular: also accept no more samples than dimensions. The distance is then biased upwards and comparable only with
            others of the same number of samples.

    Raises:
        MetricError: moments of different extractors; too few samples, with the number needed.
    """
    first.refuse_unlike(second)
    if not allow_singular:
        first.refuse_too_few()
        second.refuse_too_few()
    s1, s2 = first.covariance, second.covariance
    return _distance(first.mean, second.mean, s1.trace() + s2.trace(), trace_of_root(s1, s2))


def frechet_distance_of_features(first: Features, second: Features, *, allow_singular: bool = False) -> float:
    """The Frechet distance from features (n, d) and (m, d), without d x d matrices, for sets with few images.

    The centred features divided by (n - 1)^(1/2) are an R with R^T R = S.

    Raises:
        MetricError: as ``frechet_distance``.
    """
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise MetricError(
            f"first and second have shapes {tuple(first.shape)} and {tuple(second.shape)}; expected (n, d) and (m, d) from the same extractor."
        )
    rows, means = [], []
    for features in (first, second):
        x = features.detach().to("cpu", torch.float64)
        if not bool(x.isfinite().all()):
            raise MetricError("A feature is NaN or infinite, so the distance is undefined; check the images.")
        refuse_too_few(len(x), 1 if allow_singular else x.shape[1])
        means.append(x.mean(0))
        rows.append((x - means[-1]) / (len(x) - 1) ** 0.5)
    traces = rows[0].square().sum() + rows[1].square().sum()
    return _distance(means[0], means[1], traces, torch.linalg.svdvals(rows[0] @ rows[1].T).sum())


def _distance(mean1: Tensor, mean2: Tensor, traces: Tensor, root: Tensor) -> float:
    return max(0.0, float((mean1 - mean2).square().sum() + traces - 2 * root))


def trace_of_root(s1: SquareMatrix, s2: SquareMatrix) -> Tensor:
    """Trace of (S1 S2)^(1/2) for two positive semidefinite matrices, without a non-symmetric square root.

    S1 S2 has the eigenvalues of S1^(1/2) S2 S1^(1/2), whose roots are the singular values of S1^(1/2) S2^(1/2). The singular
    values keep the rounding error at 1e-16 of the largest; roots of the eigenvalues would raise it to 1e-8.
    """
    return torch.linalg.svdvals(_root_rows(s1) @ _root_rows(s2).T).sum()


def _root_rows(s: SquareMatrix) -> Tensor:
    """R (r, d) with R^T R = S, without the directions whose eigenvalue is rounding error (negative eigenvalues among them)."""
    values, vectors = torch.linalg.eigh(s)
    kept = values > values[-1].clamp_min(0) * len(values) * torch.finfo(values.dtype).eps
    return values[kept].sqrt()[:, None] * vectors[:, kept].T

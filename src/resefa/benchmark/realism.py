"""Whether a picture looks drawn: the Mahalanobis distance of its features to those of unedited samples.

The threshold is a percentile of the distances of unedited samples that did not take part in the fit: by definition one in a hundred
unedited samples does not look drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from resefa.types import Features

HELD_OUT = 0.25
"""Fraction of the samples that determines the threshold."""
PERCENTILE = 0.99
_RIDGE = 1e-3
"""Fraction of the mean variance that is added to every variance, so that features that are always zero do not decide."""


@dataclass(frozen=True, eq=False)
class DrawnLook:
    """The distance of a picture's features to those of unedited samples.

    Attributes:
        mean: (d,) of the features. ``whitening``: (d, d), ``whitening^T whitening`` is the inverse covariance.
        threshold: largest distance at which a picture looks drawn.
    """

    mean: Float[Tensor, "d"]
    whitening: Float[Tensor, "d d"]
    threshold: float

    @classmethod
    def of(cls, features: Features) -> DrawnLook:
        """Fit to the features (n, d) of unedited samples; the last quarter determines the threshold."""
        held_out = max(1, int(HELD_OUT * len(features)))
        fit, rest = features[:-held_out].double(), features[-held_out:]
        covariance = torch.cov(fit.T)
        ridge = _RIDGE * float(covariance.diagonal().mean()) or 1.0
        covariance.diagonal().add_(ridge)
        factor = torch.linalg.cholesky(covariance)
        whitening = torch.linalg.solve_triangular(factor, torch.eye(len(factor), dtype=torch.float64), upper=False)
        found = cls(fit.mean(0), whitening, float("inf"))
        return cls(found.mean, whitening, float(found.distances(rest).quantile(PERCENTILE)))

    def distances(self, features: Features) -> Float[Tensor, "n"]:
        """The distance of each picture's features (n, d)."""
        return ((features.double() - self.mean) @ self.whitening.T).norm(dim=1)

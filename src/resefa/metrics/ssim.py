"""SSIM, structural similarity: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity",
IEEE TIP 2004, equation 13, with its Gaussian window of 11 x 11 pixels and standard deviation 1.5.

Computed per channel, then averaged; the paper uses grey images. Only windows entirely within the image count.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from resefa.errors import MetricError
from resefa.types import Image

WINDOW, DEVIATION = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2
"""The paper's K1 and K2, on a range of 1."""


def structural_similarity(images: Image, originals: Image) -> Float[Tensor, "b"]:
    """SSIM (b,), float64, of images (b, c, h, w) in [-1, 1] with their originals (b of them, or one for all); 1 for equal images.

    Raises:
        MetricError: different shapes, or images smaller than the window.
    """
    if images.ndim != 4 or originals.ndim != 4 or images.shape[1:] != originals.shape[1:]:
        raise MetricError(
            f"images and originals have shapes {tuple(images.shape)} and {tuple(originals.shape)}; give (b, c, h, w) of equal size."
        )
    if len(originals) not in (1, len(images)):
        raise MetricError(
            f"{len(originals)} originals do not match {len(images)} images; give one original for each image, or one for all."
        )
    if min(images.shape[-2:]) < WINDOW:
        raise MetricError(
            f"images have {images.shape[-2]} x {images.shape[-1]} pixels; SSIM needs at least {WINDOW} x {WINDOW}."
        )
    # On [0, 1]: the two constants assume nonnegative values.
    x = (images.double() + 1) / 2
    y = ((originals.double() + 1) / 2).expand_as(x)
    mean_x, mean_y = _smoothed(x), _smoothed(y)
    variance_x, variance_y = _smoothed(x * x) - mean_x**2, _smoothed(y * y) - mean_y**2
    covariance = _smoothed(x * y) - mean_x * mean_y
    likeness = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    size = (mean_x**2 + mean_y**2 + _C1) * (variance_x + variance_y + _C2)
    return (likeness / size).mean((1, 2, 3))


def _smoothed(x: Tensor) -> Tensor:
    """Gaussian means (b, c, h - 10, w - 10) of the windows within the image."""
    places = torch.arange(WINDOW, dtype=x.dtype, device=x.device) - WINDOW // 2
    weights = (-(places**2) / (2 * DEVIATION**2)).exp()
    weights = (weights / weights.sum()).expand(x.shape[1], 1, 1, -1)
    rows = F.conv2d(x, weights.transpose(-1, -2), groups=x.shape[1])
    return F.conv2d(rows, weights, groups=x.shape[1])

"""Low-pass filtering around upsampling: the separable kernel [1, 3, 3, 1] / 8 of StyleGAN2, appendix B."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.tensor_types import Image

TAPS = (1.0, 3.0, 3.0, 1.0)


def kernel(like: Tensor) -> Tensor:
    """(1, 1, 4, 4), its sum 4: zeros inserted by a doubling of both sides cost a factor of 4."""
    taps = torch.tensor(TAPS, dtype=like.dtype, device=like.device) / 4
    return (taps[:, None] * taps)[None, None]


def upsample(x: Image) -> Image:
    """(b, c, h, w) -> (b, c, 2h, 2w): zeros inserted, then filtered; zeros outside the image."""
    planes = x.reshape(-1, 1, *x.shape[2:])
    return F.conv_transpose2d(planes, kernel(x), stride=2, padding=1).reshape(*x.shape[:2], -1, 2 * x.shape[3])


def smooth(x: Image) -> Image:
    """(b, c, 2h + 1, 2w + 1), what a transposed 3 x 3 convolution makes of (h, w) -> (b, c, 2h, 2w)."""
    planes = x.reshape(-1, 1, *x.shape[2:])
    return F.conv2d(planes, kernel(x), padding=1).reshape(*x.shape[:2], x.shape[2] - 1, x.shape[3] - 1)

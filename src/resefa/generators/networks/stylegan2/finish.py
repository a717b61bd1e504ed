"""Plain."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from resefa.generators.networks.stylegan2.fir import smooth as smoothed
from resefa.generators.networks.stylegan2.mapping import SLOPE
from resefa.tensor_types import Image, Latent


def finish(
    x: Image,
    demodulation: Latent,
    bias: Tensor,
    noise: Tensor | None,
    scale: Latent | None,
    gain: float,
    clamp: float | None,
    smooth: bool,
) -> Image:
    if smooth:
        x = smoothed(x)
    x = x * demodulation[:, :, None, None] + bias[:, None, None]
    if noise is not None:
        x = x + noise
    x = F.leaky_relu(x, SLOPE) * (gain * 2**0.5)
    if clamp is not None:
        x = x.clamp(-clamp * gain, clamp * gain)
    return x if scale is None else x * scale[:, :, None, None]

"""Fourier features, the input of StyleGAN3, which it rotates and translates (section 3.2 and appendix D of its paper)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from resefa.networks.stylegan3.mapping import Affine
from resefa.types import Image, Latent


class FourierInput(nn.Module):
    """Fourier features of one pose (cosine, sine, x, y) per image -> (b, channels, size, size).

    Args:
        rate: samples per unit length. ``bandwidth``: highest frequency that passes undamped.

    Attributes:
        transform: (3, 3) buffer, a further rotation and translation, as saved in the checkpoint or set by the user.
    """

    transform: Tensor
    freqs: Tensor
    phases: Tensor

    def __init__(self, w_dim: int, channels: int, size: int, rate: float, bandwidth: float) -> None:
        super().__init__()
        self.size, self.rate, self.bandwidth = size, rate, bandwidth
        self.weight = nn.Parameter(torch.zeros(channels, channels))
        self.affine = Affine(w_dim, 4)
        self.register_buffer("transform", torch.eye(3))
        self.register_buffer("freqs", torch.zeros(channels, 2))
        self.register_buffer("phases", torch.zeros(channels))

    def forward(self, pose: Latent) -> Image:
        pose = pose / pose[:, :2].norm(dim=1, keepdim=True)
        cosine, sine, x, y = pose.unbind(1)
        # The sampling grid is translated by (-x, -y), then rotated; the user's transform applies before both.
        moved = (-cosine * x + sine * y, -sine * x - cosine * y)
        rows = [torch.stack([cosine, -sine, moved[0]], 1), torch.stack([sine, cosine, moved[1]], 1)]
        turn = torch.stack(rows, 1) @ self.transform
        phases = self.phases + (self.freqs @ turn[:, :, 2:]).squeeze(2)
        freqs = self.freqs @ turn[:, :, :2]
        # A user transform with a smaller grid step may lift a frequency beyond the Nyquist limit: damp it.
        room = self.rate / 2 - self.bandwidth
        amplitudes = (1 - (freqs.norm(dim=2) - self.bandwidth) / room).clamp(0, 1)
        axis = (torch.arange(self.size, dtype=pose.dtype, device=pose.device) + 0.5 - self.size / 2) / self.rate
        # (b, size, 1, channels) + (b, 1, size, channels).
        along_x = axis[:, None] * freqs[:, None, :, 0]
        along_y = axis[:, None] * freqs[:, None, :, 1] + phases[:, None, :]
        waves = torch.sin((along_y[:, :, None] + along_x[:, None]) * (2 * math.pi)) * amplitudes[:, None, None]
        return (waves @ (self.weight.T / math.sqrt(self.weight.shape[0]))).permute(0, 3, 1, 2)

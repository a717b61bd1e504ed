"""Layers of StyleGAN1's synthesis network: Karras et al., CVPR 2019, section 2 and appendix C."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resefa.networks.derived import Derived
from resefa.networks.layers import LEAKY_RELU_SLOPE, doubling_kernel
from resefa.networks.shared_convolution import convolve, convolve_transposed
from resefa.networks.stylegan1.mapping import Dense
from resefa.types import Image, Latent


def adapt(x: Image, style: Latent, epsilon: float = 1e-8) -> Image:
    """Adaptive instance normalisation: normalise each channel to mean 0 and variance 1, multiply by 1 + scale, add shift.

    ``style`` is (b, 2c): all scales, then all shifts. Both steps are one affine map per channel.
    """
    variance, mean = torch.var_mean(x, dim=(2, 3), correction=0, keepdim=True)
    scale, shift = style[:, :, None, None].chunk(2, dim=1)
    factor = (scale + 1) * (variance + epsilon).rsqrt()
    return x * factor + (shift - mean * factor)


def blur(x: Image) -> Image:
    """Filter with [1, 2, 1] / 4 along both axes, with zeros outside the image."""
    taps = torch.tensor((1.0, 2.0, 1.0), dtype=x.dtype, device=x.device) / 4
    planes = x.reshape(-1, 1, *x.shape[2:])
    return convolve(planes, (taps[:, None] * taps)[None, None], padding=1).reshape(x.shape)


class Epilogue(nn.Module):
    """Epilogue of each convolution: noise, bias, leaky ReLU, style. (b, c, h, w) -> (b, c, h, w).

    ``epsilon`` is the constant of the normalisation in NVIDIA's code; the network may set another value.
    """

    epsilon = 1e-8

    def __init__(self, channels: int, w_dim: int, size: tuple[int, int], noise: bool) -> None:
        super().__init__()
        self.affine = Dense(w_dim, 2 * channels)
        self.bias = nn.Parameter(torch.zeros(channels))
        if noise:
            self.register_buffer("noise_const", torch.randn(size))
            self.noise_strength = nn.Parameter(torch.zeros(channels))

    def epilogue(self, x: Image, style: Latent, noise: Tensor | None) -> Image:
        offset = self.bias[:, None, None]
        if noise is not None:
            offset = offset + noise * self.noise_strength[:, None, None]
        return adapt(F.leaky_relu(x + offset, LEAKY_RELU_SLOPE), style, self.epsilon)


class FirstLayer(Epilogue):
    """First layer: the epilogue applied to the learned constant, without a convolution."""

    def forward(self, x: Image, style: Latent, noise: Tensor | None) -> Image:
        return self.epilogue(x, style, noise)


class SynthesisLayer(Epilogue):
    """3 x 3 convolution and epilogue: (b, inputs, h, w) -> (b, outputs, h, w)."""

    def __init__(self, inputs: int, outputs: int, w_dim: int, size: tuple[int, int], noise: bool) -> None:
        super().__init__(outputs, w_dim, size, noise)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.gain = math.sqrt(2 / (9 * inputs))

    def forward(self, x: Image, style: Latent, noise: Tensor | None) -> Image:
        return self.epilogue(convolve(x, self.weight * self.gain, padding=1), style, noise)


class UpsamplingLayer(SynthesisLayer, Derived):
    """Upsampling by 2 fused with the convolution, blur, epilogue: (b, inputs, h, w) -> (b, outputs, 2h, 2w).

    ``early_bias`` adds the bias before the blur. The results differ at the edges, where the blur loses part of the bias.
    """

    early_bias = False

    def __init__(self, inputs: int, outputs: int, w_dim: int, size: tuple[int, int], noise: bool, fused: bool) -> None:
        super().__init__(inputs, outputs, w_dim, size, noise)
        self.fused = fused
        self.register_buffer("kernel", torch.empty(0), persistent=False)
        self.first_refresh()

    def refresh(self) -> None:
        """Recompute the upsampling kernel, (inputs, outputs, 4, 4); see ``doubling_kernel``."""
        with torch.no_grad():
            self.kernel = doubling_kernel(self.weight.detach() * self.gain, self.fused)

    def forward(self, x: Image, style: Latent, noise: Tensor | None) -> Image:
        x = convolve_transposed(x, self.kernel, stride=2, padding=1)
        if self.early_bias:
            # ``epilogue`` adds the whole bias; the part that the blur would lose at the edges is subtracted here.
            ones = self.bias[:, None, None].expand(1, -1, *x.shape[2:])
            return self.epilogue(blur(x) + (blur(ones) - ones), style, noise)
        return self.epilogue(blur(x), style, noise)

"""Layers of ProGAN's generator: Karras et al., "Progressive growing of GANs", ICLR 2018, section 4 and table 2."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from resefa.networks.derived import Derived
from resefa.networks.layers import LEAKY_RELU_SLOPE, doubling_kernel, pixel_norm
from resefa.networks.shared_convolution import convolve, convolve_transposed
from resefa.types import Image, Latent


class Layer(nn.Module):
    """Convolution with equalized learning rate, bias, leaky ReLU, pixel norm: (b, inputs, h, w) -> (b, outputs, h, w)."""

    def __init__(self, inputs: int, outputs: int, kernel: int | tuple[int, int] = 3) -> None:
        super().__init__()
        rows, columns = (kernel, kernel) if isinstance(kernel, int) else kernel
        self.weight = nn.Parameter(torch.randn(outputs, inputs, rows, columns))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.gain = math.sqrt(2 / (inputs * rows * columns))

    def epilogue(self, x: Image) -> Image:
        return pixel_norm(F.leaky_relu(x + self.bias[:, None, None], LEAKY_RELU_SLOPE))

    def forward(self, x: Image) -> Image:
        return self.epilogue(convolve(x, self.weight * self.gain, padding=1))


class FirstLayer(Layer):
    """Dense layer, (b, inputs) -> (b, outputs, h, w); its weights have shape (outputs, inputs, h, w)."""

    def forward(self, x: Latent) -> Image:
        outputs, inputs, rows, columns = self.weight.shape
        matrix = self.weight.permute(0, 2, 3, 1).reshape(-1, inputs)
        return self.epilogue(F.linear(x * self.gain, matrix).reshape(-1, outputs, rows, columns))


class UpsamplingLayer(Layer, Derived):
    """``Layer`` after upsampling by 2: (b, inputs, h, w) -> (b, outputs, 2h, 2w)."""

    def __init__(self, inputs: int, outputs: int, fused: bool) -> None:
        super().__init__(inputs, outputs)
        self.fused = fused
        self.register_buffer("kernel", torch.empty(0), persistent=False)
        self.first_refresh()

    def refresh(self) -> None:
        """Recompute the upsampling kernel, (inputs, outputs, 4, 4); see ``doubling_kernel``."""
        with torch.no_grad():
            self.kernel = doubling_kernel(self.weight.detach() * self.gain, self.fused)

    def forward(self, x: Image) -> Image:
        return self.epilogue(convolve_transposed(x, self.kernel, stride=2, padding=1))

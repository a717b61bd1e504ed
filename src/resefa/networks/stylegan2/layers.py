"""The layers of StyleGAN2's synthesis: Karras et al., "Analyzing and improving the image quality of StyleGAN", CVPR
2020.

Section 2.2 scales the weights by the style s and divides by their norm. Here the activations are scaled instead,
``conv(x * s, W) * d`` with ``d = (s^2 . sum_k W^2 + eps)^-1/2``, which is the same function: W then is one constant
that all images and all tangents of a batch share in a single plain convolution.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from resefa.networks.derived import Derived
from resefa.networks.shared_convolution import convolve, convolve_transposed
from resefa.networks.stylegan2.epilogue import Operands, finish
from resefa.networks.stylegan2.epilogue_kernels import Finishing
from resefa.networks.stylegan2.fir import upsample
from resefa.networks.stylegan2.mapping import Dense
from resefa.networks.stylegan2.product import product
from resefa.types import Image, Latent


class SynthesisLayer(Derived):
    """(b, inputs, h, w), already scaled by this layer's style -> (b, outputs, h, w), or twice that size if ``up``.

    The caller scales the input, because the layer before can do it in passing. ``scaled`` says that the constant in
    the demodulation belongs to weights times their gain of 1 / sqrt(9 inputs), as in the TensorFlow release; NVIDIA's
    PyTorch release leaves that gain out, since it cancels but for this constant.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        w_dim: int,
        size: tuple[int, int],
        up: bool,
        noise: bool,
        scaled: bool = False,
    ) -> None:
        super().__init__()
        self.epsilon = 1e-8 * (9 * inputs if scaled else 1)
        self.affine = Dense(w_dim, inputs)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.up = up
        if noise:
            self.register_buffer("noise_const", torch.randn(size))
            self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("power", torch.empty(outputs, inputs), persistent=False)
        self.first_refresh()

    def refresh(self) -> None:
        """Recompute what depends on the weights alone: (outputs, inputs) sums of squares over the kernel."""
        with torch.no_grad():
            self.power = self.weight.detach().square().sum(dim=(2, 3))

    def forward(
        self,
        x: Image,
        style: Latent,
        noise: Tensor | None,
        scale: Latent | None,
        gain: float,
        clamp: float | None,
        unscaled: bool,
    ) -> tuple[Image, ...]:
        """The result if ``unscaled``, and the result times ``scale`` (b, outputs) if there is one.

        ``style`` is this layer's own, (b, inputs); ``scale`` is that of the layer after it; ``gain`` comes on top of
        the activation's own, which keeps the power of its input.
        """
        demodulation = (style.square() @ self.power.t() + self.epsilon).rsqrt()
        if self.up:
            x = convolve_transposed(x, self.weight.transpose(0, 1), stride=2, padding=0)
        else:
            x = convolve(x, self.weight, padding=1)
        noise = None if noise is None else noise * self.noise_strength
        how = Finishing(math.sqrt(2) * gain, None if clamp is None else clamp * gain, self.up, unscaled)
        return finish(Operands(x, demodulation, self.bias, noise, scale), how)


class ToRGB(nn.Module):
    """(b, inputs, h, w) and its style -> (b, channels, h, w); no demodulation (appendix B)."""

    def __init__(self, inputs: int, channels: int, w_dim: int) -> None:
        super().__init__()
        self.affine = Dense(w_dim, inputs)
        self.weight = nn.Parameter(torch.randn(channels, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.gain = 1 / math.sqrt(inputs)

    def forward(self, x: Image, style: Latent, clamp: float | None = None) -> Image:
        # Few outputs: scaling this one matrix per image is cheaper than scaling the activations.
        matrix = self.weight[None, :, :, 0, 0] * (style * self.gain)[:, None]
        x = product(matrix, x.flatten(2)).unflatten(2, x.shape[2:]) + self.bias[:, None, None]
        return x if clamp is None else x.clamp(-clamp, clamp)


class Skip(nn.Module):
    """The short way past a residual block, a 1 x 1 convolution, then upsampling.

    (b, inputs, h, w) -> (b, outputs, 2h, 2w).
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 1, 1))
        # The square root of a half keeps the power of the sum of both ways.
        self.gain = math.sqrt(0.5 / inputs)

    def forward(self, x: Image) -> Image:
        return upsample(convolve(x, self.weight * self.gain, padding=0))

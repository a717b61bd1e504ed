"""Layers of StyleGAN2's synthesis network: modulated convolution, ToRGB, residual skip.

Karras et al., "Analyzing and improving the image quality of StyleGAN", CVPR 2020. Section 2.2 scales the weights by the
style s and divides by their norm. Here the activations are scaled instead, ``conv(x * s, W) * d`` with
``d = (s^2 . sum_k W^2 + eps)^-1/2``, which is the same function; all images and tangents of a batch then share one
constant W and one plain convolution.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from resefa.networks.derived import Derived
from resefa.networks.layers import LEAKY_RELU_GAIN
from resefa.networks.shared_convolution import convolve, convolve_transposed
from resefa.networks.stylegan2.epilogue import epilogue
from resefa.networks.stylegan2.epilogue_kernels import EpilogueOptions, Operands
from resefa.networks.stylegan2.fir import upsample
from resefa.networks.stylegan2.mapping import Dense
from resefa.networks.stylegan2.product import product
from resefa.types import Image, Latent


class LayerOutput(NamedTuple):
    """Choice of the results that a ``SynthesisLayer`` returns: unscaled, scaled or both.

    Attributes:
        scale: (b, outputs) style of the next layer, or None if that layer does not read the result directly.
        unscaled: also return the result before it is multiplied by ``scale``.
        gain: factor besides the activation's gain.
        clamp: bound of the absolute value before ``gain``, or None.
    """

    scale: Latent | None
    unscaled: bool
    gain: float = 1.0
    clamp: float | None = None


class SynthesisLayer(Derived):
    """Modulated 3 x 3 convolution and epilogue: (b, inputs, h, w) -> (b, outputs, h, w), twice that size if ``up``.

    The caller multiplies the input by this layer's style, since the epilogue of the previous layer does it in passing.
    ``config["scaled_weights"]`` says that the epsilon in the demodulation belongs to weights times their gain of
    1 / sqrt(9 inputs), as in the TensorFlow release. NVIDIA's PyTorch release leaves that gain out, since it cancels
    except for the epsilon.
    """

    def __init__(self, inputs: int, outputs: int, size: tuple[int, int], up: bool, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.epsilon = 1e-8 * (9 * inputs if config.get("scaled_weights", False) else 1)
        self.affine = Dense(config["w_dim"], inputs)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.up = up
        if config["noise"]:
            self.register_buffer("noise_const", torch.randn(size))
            self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("power", torch.empty(outputs, inputs), persistent=False)
        self.first_refresh()

    def refresh(self) -> None:
        """Recompute the sums of squared weights over the kernel, (outputs, inputs)."""
        with torch.no_grad():
            self.power = self.weight.detach().square().sum(dim=(2, 3))

    def forward(self, x: Image, style: Latent, noise: Tensor | None, output: LayerOutput) -> tuple[Image, ...]:
        """Return the layer's output if ``output.unscaled``, and the output times ``output.scale`` if a scale is given.

        ``style``, (b, inputs), is the style of this layer.
        """
        scale, unscaled, gain, clamp = output
        demodulation = (style.square() @ self.power.t() + self.epsilon).rsqrt()
        if self.up:
            x = convolve_transposed(x, self.weight.transpose(0, 1), stride=2, padding=0)
        else:
            x = convolve(x, self.weight, padding=1)
        noise = None if noise is None else noise * self.noise_strength
        how = EpilogueOptions(LEAKY_RELU_GAIN * gain, None if clamp is None else clamp * gain, self.up, unscaled)
        return epilogue(Operands(x, demodulation, self.bias, noise, scale), how)


class ToRGB(nn.Module):
    """Modulated 1 x 1 convolution to colours, without demodulation (appendix B): (b, inputs, h, w) -> (b, channels, h, w)."""

    def __init__(self, inputs: int, channels: int, w_dim: int) -> None:
        super().__init__()
        self.affine = Dense(w_dim, inputs)
        self.weight = nn.Parameter(torch.randn(channels, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.gain = 1 / math.sqrt(inputs)

    def forward(self, x: Image, style: Latent, clamp: float | None = None) -> Image:
        # With few outputs, scaling one small matrix per image is cheaper than scaling the activations.
        matrix = self.weight[None, :, :, 0, 0] * (style * self.gain)[:, None]
        x = product(matrix, x.flatten(2)).unflatten(2, x.shape[2:]) + self.bias[:, None, None]
        return x if clamp is None else x.clamp(-clamp, clamp)


class Skip(nn.Module):
    """Skip connection of a residual block, a 1 x 1 convolution, then upsampling: (b, inputs, h, w) -> (b, outputs, 2h, 2w)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 1, 1))
        # sqrt(1/2) on both branches: their sum has the power of one branch.
        self.gain = math.sqrt(0.5 / inputs)

    def forward(self, x: Image) -> Image:
        return upsample(convolve(x, self.weight * self.gain, padding=0))

"""Layer of StyleGAN3: modulated convolution, then leaky ReLU at a higher sampling rate (section 3 of the paper)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from resefa.networks.layers import LEAKY_RELU_GAIN, LEAKY_RELU_SLOPE
from resefa.networks.stylegan3.convolution import modulated_convolution
from resefa.networks.stylegan3.filters import low_pass
from resefa.networks.stylegan3.mapping import Affine
from resefa.networks.stylegan3.resampling import Activation, Resampling, filtered_leaky_relu
from resefa.types import Image, Latent


def demodulation(styles: Latent, weight: Tensor) -> Latent:
    """Factors that normalise each output channel to unit variance: styles (b, inputs), weight (outputs, inputs, k, k) -> (b, outputs).

    StyleGAN3 scales weights and styles to mean square 1 before it adds its epsilon to the sum of their squares. The scales
    cancel except in the epsilon, which is therefore part of the constant (outputs, inputs) matrix here.
    """
    energy = weight.square().sum((2, 3))
    epsilon = 1e-8 * weight.square().mean((1, 2, 3)) / weight.shape[1]
    return (styles.square() @ (energy + epsilon[:, None]).T).rsqrt()


class Layer(nn.Module):
    """Synthesis layer: x (b, inputs, h, h), styles (b, inputs) -> (b, outputs, h', h'); h and h' follow from the configuration.

    Styles and demodulation scale the activations, not the weights, so a batch and any number of tangents share one convolution.
    """

    magnitude_ema: Tensor
    up_filter: Tensor
    down_filter: Tensor

    def __init__(self, w_dim: int, config: Mapping[str, Any], clamp: float | None, stored_filters: bool) -> None:
        super().__init__()
        inputs, outputs, self.kernel = config["inputs"], config["outputs"], config["kernel"]
        self.affine = Affine(w_dim, inputs)
        self.weight = nn.Parameter(torch.zeros(outputs, inputs, self.kernel, self.kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("magnitude_ema", torch.ones(()))
        size, up, down = config["size"] + self.kernel - 1, config["up"], config["down"]
        up_taps, down_taps = config["up_taps"], config["down_taps"]
        # Samples are at pixel centres before and after (appendix C.3): half the padding, rounded, precedes the signal.
        padding = (config["output_size"] - 1) * down + 1 - size * up + up_taps + down_taps - 2
        plan = Resampling(size, config["output_size"], up, down, up_taps, down_taps, before=(padding + up) // 2)
        self.activation = Activation(plan, LEAKY_RELU_SLOPE, LEAKY_RELU_GAIN, clamp)
        designs = {
            "up_filter": low_pass(up_taps, config["cutoff"], 2 * config["half_width"], config["fine_rate"]),
            "down_filter": low_pass(
                down_taps,
                config["output_cutoff"],
                2 * config["output_half_width"],
                config["fine_rate"],
                radial=config["radial"],
            ),
        }
        for name, design in designs.items():
            self.register_buffer(name, design, persistent=stored_filters and design.numel() > 1)

    def forward(self, x: Image, styles: Latent) -> Image:
        x = modulated_convolution(x, styles, self.weight, self.kernel - 1)
        scale = demodulation(styles, self.weight) * self.magnitude_ema.rsqrt()
        return filtered_leaky_relu(x, scale, self.bias, (self.up_filter, self.down_filter), self.activation)


class ToImage(nn.Module):
    """Last layer: a 1 x 1 convolution to colours, modulated but not demodulated, without a nonlinearity."""

    magnitude_ema: Tensor

    def __init__(self, w_dim: int, config: Mapping[str, Any], clamp: float | None) -> None:
        super().__init__()
        inputs, outputs = config["inputs"], config["outputs"]
        self.clamp = clamp
        self.affine = Affine(w_dim, inputs)
        self.weight = nn.Parameter(torch.zeros(outputs, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("magnitude_ema", torch.ones(()))

    def forward(self, x: Image, styles: Latent) -> Image:
        styles = styles * (self.magnitude_ema.rsqrt() / math.sqrt(styles.shape[1]))
        x = modulated_convolution(x, styles, self.weight) + self.bias[:, None, None]
        return x if self.clamp is None else x.clamp(-self.clamp, self.clamp)

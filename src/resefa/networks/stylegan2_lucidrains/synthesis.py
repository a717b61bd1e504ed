"""Synthesis network S -> image of lucidrains/stylegan2-pytorch.

Each block has one w. Training images are in [0, 1]; the results here are in [-1, 1]. Transparent images, whose fourth channel is the
opacity, are composited over white.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from resefa.networks.shared_convolution import apply_convolution
from resefa.networks.style_network import Noise, StyledSynthesis, StyleLayer, Styles, noise_of_each, styles_of_each
from resefa.networks.stylegan2_lucidrains.attention import Attention
from resefa.networks.stylegan2_lucidrains.layers import ModulatedLayer, ToRGB, blurred, doubled
from resefa.types import Image, Latent

PARTS = ("conv1", "conv2", "torgb")


class SynthesisBlock(nn.Module):
    """Optional attention, two layers at one resolution, and the image that the block adds."""

    def __init__(self, config: Mapping[str, Any], index: int) -> None:
        super().__init__()
        widths, w_dim = config["widths"], config["w_dim"]
        inputs, outputs = widths[max(index - 1, 0)], widths[index]
        self.attention = None
        if index in config["attention"]:
            self.attention = Attention(inputs, config["attention_width"], config["eps_on_deviation"])
        self.conv1 = ModulatedLayer(inputs, outputs, w_dim)
        self.conv2 = ModulatedLayer(outputs, outputs, w_dim)
        self.torgb = ToRGB(outputs, config["channels"], w_dim)


class Synthesis(StyledSynthesis):
    """Synthesis network: styles (b, n_s) -> images (b, 3, h, w).

    Without a learned constant the mean of all layers' w makes the first feature map; it is the first part of S, (w_dim,), and
    belongs to layer 0.

    One noise input has the size of the image, and every layer reads its corner. The input is standard normal, as in all style
    networks here; the layers add its normal distribution function, since they were trained with noise uniform on [0, 1].
    """

    noise_const: Tensor

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        height, width = config["const"]
        first, w_dim = config["widths"][0], config["w_dim"]
        self.learned_const: bool = config["learned_const"]
        self.initial = nn.Parameter(torch.randn(*(() if self.learned_const else (w_dim,)), first, height, width))
        self.initial_conv = nn.Conv2d(first, first, 3, padding=1)
        self.names = [f"b{number}" for number in config["blocks"]]
        layers = [] if self.learned_const else [StyleLayer("initial", 0, w_dim, max(height, width), mean=True)]
        for index, name in enumerate(self.names):
            block = SynthesisBlock(config, index)
            self.add_module(name, block)
            for part in PARTS:
                channels = getattr(block, part).affine.out_features
                layers.append(StyleLayer(f"{name}.{part}", index, channels, max(height, width) << index))
        self.style_layers = tuple(layers)
        self.num_layers = len(self.names)
        size = (height << (self.num_layers - 1), width << (self.num_layers - 1))
        self.noise_shapes = (size,)
        # Files store no noise: this fixed image is used for all of them.
        values = torch.from_numpy(np.random.RandomState(0).randn(*size)).float()
        self.register_buffer("noise_const", values, persistent=False)

    def blocks(self) -> list[SynthesisBlock]:
        """Blocks from the smallest to the largest resolution."""
        return [cast(SynthesisBlock, self.get_submodule(name)) for name in self.names]

    def forward(self, styles: Styles, noise: Noise = "constant") -> Image:
        (given,) = noise_of_each(noise, [self.noise_const], self.noise_shapes)
        uniform = torch.special.ndtr(torch.zeros_like(self.noise_const) if given is None else given)
        parts = iter(styles_of_each(styles, self.style_layers))
        x = self._convolved(self.initial[None] if self.learned_const else self._first_of(next(parts)))
        image: Image | None = None
        for index, block in enumerate(self.blocks()):
            if block.attention is not None:
                x = block.attention(x)
            if index > 0:
                x = doubled(x)
            # The training code transposes its noise.
            noise_here = uniform[: x.shape[3], : x.shape[2]].t()
            x = block.conv1(x, next(parts), noise_here)
            x = block.conv2(x, next(parts), noise_here)
            shown = block.torgb(x, next(parts))
            image = shown if image is None else blurred(doubled(image)) + shown
        assert image is not None  # there is a block, and every block has a ToRGB
        return over_white(image) * 2 - 1

    def _first_of(self, mean: Latent) -> Image:
        return (mean @ self.initial.flatten(1)).unflatten(1, self.initial.shape[1:])

    def _convolved(self, x: Image) -> Image:
        return apply_convolution(self.initial_conv, x)


def over_white(image: Tensor) -> Image:
    """Composite images over white: (b, 3 or 4, h, w) in [0, 1] -> (b, 3, h, w); opacities are clamped to [0, 1]."""
    if image.shape[1] == 3:
        return image
    opacity = image[:, 3:].clamp(0, 1)
    return image[:, :3] * opacity + (1 - opacity)

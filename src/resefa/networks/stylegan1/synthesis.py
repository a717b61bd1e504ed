"""StyleGAN1's synthesis network S -> image, fully grown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import nn

from resefa.networks.layers import PlainToRGB
from resefa.networks.style_network import Noise, StyledSynthesis, StyleLayer, Styles, noise_of_each, styles_of_each
from resefa.networks.stylegan1.layers import Epilogue, FirstLayer, SynthesisLayer, UpsamplingLayer
from resefa.types import Image


class SynthesisBlock(nn.Module):
    """Two layers at one resolution; the first block starts from ``const``."""

    def __init__(self, config: Mapping[str, Any], index: int) -> None:
        super().__init__()
        height, width = (side << index for side in config["const"])
        self.size = (height, width)
        outputs = config["widths"][index]
        w_dim, noise = config["w_dim"], config["noise"]
        if index == 0:
            self.const = nn.Parameter(torch.ones(outputs, height, width))
            self.conv0 = FirstLayer(outputs, w_dim, self.size, noise)
        else:
            inputs = config["widths"][index - 1]
            self.conv0 = UpsamplingLayer(inputs, outputs, w_dim, self.size, noise, config["fused"][index])
            self.conv0.early_bias = config.get("early_bias", False)
        self.conv1 = SynthesisLayer(outputs, outputs, w_dim, self.size, noise)
        for layer in (self.conv0, self.conv1):
            layer.epsilon = config.get("norm_epsilon", Epilogue.epsilon)


class Synthesis(StyledSynthesis):
    """Synthesis network: styles (b, n_s) -> images (b, c, h, w)."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.names = [f"b{number}" for number in config["blocks"]]
        for index, name in enumerate(self.names):
            self.add_module(name, SynthesisBlock(config, index))
        self.torgb = PlainToRGB(config["widths"][-1], config["channels"])
        named = [(name, self._block(name), part) for name in self.names for part in ("conv0", "conv1")]
        self.style_layers = tuple(
            StyleLayer(f"{name}.{part}", i, 2 * getattr(block, part).bias.numel(), max(block.size))
            for i, (name, block, part) in enumerate(named)
        )
        self.num_layers = len(named)
        self.noise_shapes = tuple(block.size for _, block, _ in named) if config["noise"] else ()

    def layers(self) -> list[Epilogue]:
        """Layers in the order of ``style_layers``."""
        return [cast(Epilogue, self.get_submodule(layer.name)) for layer in self.style_layers]

    def _block(self, name: str) -> SynthesisBlock:
        return cast(SynthesisBlock, self.get_submodule(name))

    def forward(self, styles: Styles, noise: Noise = "constant") -> Image:
        layers = self.layers()
        noises = noise_of_each(noise, [getattr(layer, "noise_const", None) for layer in layers], self.noise_shapes)
        parts = styles_of_each(styles, self.style_layers)
        x = self._block(self.names[0]).const.expand(len(parts[0]), -1, -1, -1)
        for layer, style, single in zip(layers, parts, noises, strict=True):
            x = layer(x, style, single)
        return self.torgb(x)

"""Synthesis network S -> image in the three architectures of figure 7 of the StyleGAN2 paper.

``skip`` sums one image per block, ``resnet`` adds a skip connection around each block, ``orig`` does neither; the last
two make the image in the last block only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from resefa.networks.style_network import Noise, StyledSynthesis, StyleLayer, Styles, noise_of_each, styles_of_each
from resefa.networks.stylegan2.fir import upsample
from resefa.networks.stylegan2.layers import Dense, LayerOutput, Skip, SynthesisLayer, ToRGB
from resefa.types import Image

_PARTS = ("conv0", "conv1", "torgb")


class SynthesisBlock(nn.Module):
    """Two layers at one size (one in the first block, which starts from ``const``), with ToRGB or skip connection."""

    def __init__(self, config: Mapping[str, Any], index: int) -> None:
        super().__init__()
        height, width = (side << index for side in config["const"])
        self.size = (height, width)
        outputs = config["widths"][index]
        self.conv0 = self.skip = self.torgb = None
        if index == 0:
            self.const = nn.Parameter(torch.randn(outputs, height, width))
        else:
            inputs = config["widths"][index - 1]
            self.conv0 = SynthesisLayer(inputs, outputs, self.size, up=True, config=config)
            if config["architecture"] == "resnet":
                self.skip = Skip(inputs, outputs)
        self.conv1 = SynthesisLayer(outputs, outputs, self.size, up=False, config=config)
        if index == len(config["widths"]) - 1 or config["architecture"] == "skip":
            self.torgb = ToRGB(outputs, config["channels"], config["w_dim"])

    def parts(self) -> dict[str, SynthesisLayer | ToRGB]:
        """Layers that read a style, by name, in the order of use."""
        return {name: getattr(self, name) for name in _PARTS if getattr(self, name) is not None}


class Synthesis(StyledSynthesis):
    """Synthesis network: styles (b, n_s) -> images (b, c, h, w)."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.names = [f"b{number}" for number in config["blocks"]]
        for index, name in enumerate(self.names):
            self.add_module(name, SynthesisBlock(config, index))
        self.clamp: float | None = config["conv_clamp"]
        layers: list[StyleLayer] = []
        shapes: list[tuple[int, int]] = []
        convolutions = 0
        for name, block in zip(self.names, self.blocks(), strict=True):
            for part, module in block.parts().items():
                # A ToRGB shares its w with the convolution that comes next.
                layers.append(StyleLayer(f"{name}.{part}", convolutions, module.affine.bias.numel(), max(block.size)))
                if part != "torgb":
                    convolutions += 1
                    shapes.append(block.size)
        self.style_layers = tuple(layers)
        self.num_layers = convolutions + 1
        self.noise_shapes = tuple(shapes) if config["noise"] else ()
        # With "skip" each block adds an image, so the sum up to any block is an image of lower resolution.
        summed = config["architecture"] == "skip"
        self.intermediate_sizes = tuple(block.size for block in self.blocks()) if summed else ()

    def blocks(self) -> list[SynthesisBlock]:
        """Blocks from the smallest to the largest resolution."""
        return [cast(SynthesisBlock, self.get_submodule(name)) for name in self.names]

    def affines(self) -> list[Dense]:
        """Affine maps from w to styles, in the order of ``style_layers``."""
        return [part.affine for block in self.blocks() for part in block.parts().values()]

    def forward(self, styles: Styles, noise: Noise = "constant", stop: tuple[int, int] | None = None) -> Image:
        """Styles to images; ``stop``, one of ``intermediate_sizes``, returns the sum of images up to that size."""
        noises = iter(noise_of_each(noise, self._noise_buffers(), self.noise_shapes))
        parts = iter(styles_of_each(styles, self.style_layers))
        blocks = self.blocks()
        if stop is not None:
            blocks = blocks[: self.intermediate_sizes.index(stop) + 1]
        style = [{name: next(parts) for name in block.parts()} for block in blocks]
        image: Image | None = None
        # ``scaled`` is ``x`` times the style of the layer that reads x; the epilogue that makes x also makes ``scaled``.
        x: Image = blocks[0].const
        scaled = x * style[0]["conv1"][:, :, None, None]
        for i, block in enumerate(blocks):
            skipped = None
            if block.conv0 is not None:
                skipped = block.skip(x) if block.skip is not None else None
                output = LayerOutput(style[i]["conv1"], unscaled=False, clamp=self.clamp)
                (scaled,) = block.conv0(scaled, style[i]["conv0"], next(noises), output)
            following = style[i + 1]["conv0"] if i + 1 < len(blocks) else None
            # ToRGB and the next skip connection read the features before scaling.
            unscaled = following is None or block.torgb is not None or blocks[i + 1].skip is not None
            # Each branch of a residual block carries half of the power.
            gain = 1.0 if skipped is None else math.sqrt(0.5)
            output = LayerOutput(following if skipped is None else None, unscaled, gain, self.clamp)
            results = block.conv1(scaled, style[i]["conv1"], next(noises), output)
            x = results[0]
            if skipped is not None:
                x = skipped + x
            if following is not None:
                scaled = results[-1] if skipped is None else x * following[:, :, None, None]
            if block.torgb is not None:
                shown = block.torgb(x, style[i]["torgb"], clamp=self.clamp)
                image = shown if image is None else upsample(image) + shown
        assert image is not None  # the last block has a ToRGB in each architecture
        return image

    def _noise_buffers(self) -> list[Tensor | None]:
        """Noise buffer of each convolution, in the order of use; None without noise."""
        parts = (part for block in self.blocks() for part in block.parts().values())
        return [getattr(part, "noise_const", None) for part in parts if isinstance(part, SynthesisLayer)]

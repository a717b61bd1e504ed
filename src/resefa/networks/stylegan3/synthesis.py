"""Synthesis network: styles -> image (appendix D of the StyleGAN3 paper)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import nn

from resefa.networks.style_network import LayeredLatent, Noise, StyleLayer, Styles, styles_of_each
from resefa.networks.stylegan3.input import FourierInput
from resefa.networks.stylegan3.layers import Layer, ToImage
from resefa.types import Image, Latent


class Synthesis(nn.Module):
    """Synthesis network: concatenated styles, the pose of the input first -> images (b, c, h, h)."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        w_dim, first = config["w_dim"], config["input"]
        self.output_scale = config["output_scale"]
        self.input = FourierInput(w_dim, first["channels"], first["size"], first["rate"], first["bandwidth"])
        found = [StyleLayer("input", 0, 4, first["size"])]
        for i, layer in enumerate(config["layers"]):
            last = i == len(config["layers"]) - 1
            self.add_module(
                layer["name"],
                ToImage(w_dim, layer, config["conv_clamp"])
                if last
                else Layer(w_dim, layer, config["conv_clamp"], config["stored_filters"]),
            )
            found.append(StyleLayer(layer["name"], i + 1, layer["inputs"], layer["output_size"]))
        self.style_layers = tuple(found)

    def styles(self, ws: LayeredLatent) -> Latent:
        parts = [
            cast("Layer | ToImage", self.get_submodule(at.name)).affine(ws[:, at.layer]) for at in self.style_layers
        ]
        return torch.cat(parts, 1)

    def forward(self, styles: Styles, noise: Noise = "constant") -> Image:
        """Styles to images; ``noise`` belongs to the protocol and is ignored, since StyleGAN3 has no noise inputs."""
        pose, *rest = styles_of_each(styles, self.style_layers)
        x = self.input(pose)
        for at, style in zip(self.style_layers[1:], rest, strict=True):
            x = self.get_submodule(at.name)(x, style)
        return x * self.output_scale

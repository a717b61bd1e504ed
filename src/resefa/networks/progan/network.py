"""ProGAN's generator: Karras et al., "Progressive growing of GANs", ICLR 2018, fully grown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import nn

from resefa.networks.layers import PlainToRGB, pixel_norm
from resefa.networks.progan.layers import FirstLayer, Layer, UpsamplingLayer
from resefa.types import Image, Latent


class Block(nn.Module):
    """Two layers at one resolution."""

    def __init__(self, config: Mapping[str, Any], index: int) -> None:
        super().__init__()
        outputs = config["widths"][index]
        if index == 0:
            height, width = config["first"]
            self.conv0 = FirstLayer(config["z_dim"] + config["label_dim"], outputs, (height, width))
        else:
            self.conv0 = UpsamplingLayer(config["widths"][index - 1], outputs, config["fused"])
        self.conv1 = Layer(outputs, outputs)


class ProGANNetwork(nn.Module):
    """ProGAN's generator: codes (b, z_dim), normalised here, and one-hot labels (b, label_dim) -> images (b, c, h, w).

    Configuration: ``z_dim``, ``label_dim``, ``blocks`` (their numbers, ``[4, 8, ...]``), ``widths`` (one per block),
    ``first`` ([h, w] of the first block), ``channels``, ``fused`` (see ``doubling_kernel``) and ``joint`` (default
    False): labels are normalised with the code (TensorFlow) instead of appended after it (Theano).
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.names = [f"b{number}" for number in config["blocks"]]
        for index, name in enumerate(self.names):
            self.add_module(name, Block(config, index))
        self.torgb = PlainToRGB(config["widths"][-1], config["channels"])
        self.z_dim: int = config["z_dim"]
        self.label_dim: int = config["label_dim"]
        self.joint: bool = config.get("joint", False)
        self.channels: int = config["channels"]
        height, width = (side << (len(self.names) - 1) for side in config["first"])
        self.resolution = (height, width)

    def forward(self, z: Latent, label: Latent | None = None) -> Image:
        x = z if self.joint else pixel_norm(z)
        if self.label_dim:
            if label is None:
                raise ValueError(
                    "label is None, but this network is conditional; give one-hot labels of shape (b, label_dim)"
                )
            x = torch.cat([x, label], dim=1)
        if self.joint:
            x = pixel_norm(x)
        for name in self.names:
            block = cast(Block, self.get_submodule(name))
            x = block.conv1(block.conv0(x))
        return self.torgb(x)

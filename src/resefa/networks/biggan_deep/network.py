"""BigGAN-deep: Brock, Donahue and Simonyan, "Large scale GAN training for high fidelity natural image synthesis", ICLR
2019, appendix B.

One conditioning vector, the code and the class embedding, feeds the first linear layer and every block. Here each of
these inputs takes a separate vector, which makes the layered space; the ordinary network repeats one vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from resefa.networks.biggan_deep.attention import SelfAttention
from resefa.networks.biggan_deep.layers import GeneratorBlock, PlainNorm
from resefa.types import Image, Latent

_START = 4
"""Side of the first feature map."""


class BigGANDeepNetwork(nn.Module):
    """BigGAN-deep's generator: one conditioning vector per input -> images in [-1, 1].

    ``config``: ``z_dim``, ``class_dim``, ``num_classes``, ``blocks`` (list of [enlarges, inputs, outputs], in channels),
    ``reduction`` (inputs over middle channels), ``attention`` (indices of the blocks that self-attention precedes),
    ``n_stats`` and ``eps`` of the batch norms.

    Attributes:
        z_dim, class_dim, num_classes: sizes of the code, the class embedding and the one-hot label.
        resolution, channels: (height, width) and 3.
        num_layers: number of inputs for conditioning vectors: the first linear layer, then each block.
        layer_resolutions: side of the feature map after each input.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.z_dim: int = config["z_dim"]
        self.class_dim: int = config["class_dim"]
        self.num_classes: int = config["num_classes"]
        self.channels = 3
        blocks = config["blocks"]
        sides = [_START]
        for up, _, _ in blocks:
            sides.append(sides[-1] * 2 if up else sides[-1])
        self.layer_resolutions = tuple(sides)
        self.num_layers = len(sides)
        self.resolution = (sides[-1], sides[-1])
        condition, stats, eps = self.z_dim + self.class_dim, config["n_stats"], config["eps"]
        self.embeddings = nn.Linear(self.num_classes, self.class_dim, bias=False)
        self.gen_z = nn.Linear(condition, _START * _START * blocks[0][1])
        layers: list[nn.Module] = []
        for index, (up, inputs, outputs) in enumerate(blocks):
            if index in config["attention"]:
                layers.append(SelfAttention(inputs))
            layers.append(GeneratorBlock(inputs, outputs, up, config))
        self.layers = nn.ModuleList(layers)
        self.bn = PlainNorm(blocks[-1][2], stats, eps)
        # The published layer has equal numbers of input and output channels and drops all outputs but three.
        self.conv_to_rgb = nn.Conv2d(blocks[-1][2], self.channels, 3, padding=1)

    def embed(self, label: Latent) -> Latent:
        """Embed one-hot or soft labels: (b, num_classes) -> (b, class_dim)."""
        return self.embeddings(label)

    def linear_maps(self) -> list[tuple[int, list[int], Tensor]]:
        """First linear map of each input: its index, the entries of (z, class) that it reads, and its weights (features, entries)."""
        columns = list(range(self.z_dim + self.class_dim))
        maps = [(0, columns, self.gen_z.weight)]
        for layer in self.layers:
            if isinstance(layer, GeneratorBlock):
                norms = (layer.bn_0, layer.bn_1, layer.bn_2, layer.bn_3)
                weights = torch.cat([part.weight for norm in norms for part in (norm.scale, norm.offset)])
                maps.append((len(maps), columns, weights))
        return maps

    def forward(self, condition: Tensor | Sequence[Latent], truncation: float = 1.0) -> Image:
        """Map conditioning vectors (b, num_layers, z_dim + class_dim), latent code first, to images (b, 3, h, w).

        The vectors may also be a sequence, (b, z_dim + class_dim) each. ``truncation`` in (0, 1] chooses the batch-norm
        statistics; the caller scales the code.
        """
        places = condition.unbind(1) if isinstance(condition, Tensor) else condition
        # The linear layer has channels last.
        x = self.gen_z(places[0]).unflatten(1, (_START, _START, -1)).permute(0, 3, 1, 2).contiguous()
        place = 0
        for layer in self.layers:
            if isinstance(layer, GeneratorBlock):
                place += 1
                x = layer(x, places[place], truncation)
            else:
                x = layer(x)
        return self.conv_to_rgb(self.bn(x, truncation).relu()).tanh()

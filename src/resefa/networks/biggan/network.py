"""BigGAN: Brock, Donahue and Simonyan, "Large scale GAN training for high fidelity natural image synthesis", ICLR 2019.

The code is split into equal chunks. The first chunk feeds the linear layer; each other chunk feeds its block, together
with the class embedding that all blocks share (section 3.1, "skip-z"). Without the split the whole code feeds the linear
layer only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from resefa.networks.biggan.layers import GeneratorBlock, PlainNorm
from resefa.networks.biggan_deep.attention import SelfAttention
from resefa.types import Image, Latent


class BigGANNetwork(nn.Module):
    """BigGAN's generator: a latent code and a class embedding -> images in [-1, 1].

    ``config``: ``z_dim``, ``class_dim``, ``num_classes``, ``shared`` (an embedding is learned; otherwise the one-hot
    label itself is the class vector), ``hierarchical`` (the code is split), ``start`` (side of the first feature map),
    ``widths`` (channels of the first feature map, then of each block), ``attention`` (indices of the blocks that
    self-attention follows), ``eps`` and ``output_eps`` of the batch norms.

    Attributes:
        z_dim, class_dim, num_classes: sizes of the code, the class vector and the one-hot label.
        resolution, channels: (height, width) and 3.
        num_layers: number of inputs for chunks: the linear layer, then each block.
        chunks: the part of the code that each input takes; empty for the blocks of a network that is not hierarchical.
        layer_resolutions: side of the feature map after each input.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.z_dim: int = config["z_dim"]
        self.class_dim: int = config["class_dim"]
        self.num_classes: int = config["num_classes"]
        self.channels = 3
        self.start: int = config["start"]
        widths = config["widths"]
        self.num_layers = len(widths)
        self.layer_resolutions = tuple(self.start * 2**i for i in range(self.num_layers))
        self.resolution = (self.layer_resolutions[-1], self.layer_resolutions[-1])
        if config["hierarchical"]:
            size = self.z_dim // self.num_layers
            self.chunks = tuple(slice(i * size, (i + 1) * size) for i in range(self.num_layers))
        else:
            size = 0
            self.chunks = (slice(0, self.z_dim), *[slice(self.z_dim, self.z_dim)] * (self.num_layers - 1))
        self.shared = nn.Embedding(self.num_classes, self.class_dim) if config["shared"] else None
        self.linear = nn.Linear(size or self.z_dim, self.start * self.start * widths[0])
        self.blocks = nn.ModuleList(
            GeneratorBlock(widths[i], widths[i + 1], self.class_dim + size, config["eps"])
            for i in range(self.num_layers - 1)
        )
        self.attention = nn.ModuleDict({str(i): SelfAttention(widths[i + 1]) for i in config["attention"]})
        self.output_norm = PlainNorm(widths[-1], config["output_eps"])
        self.output_conv = nn.Conv2d(widths[-1], self.channels, 3, padding=1)

    def embed(self, label: Latent) -> Latent:
        """Embed one-hot or soft labels: (b, num_classes) -> (b, class_dim)."""
        return label if self.shared is None else label @ self.shared.weight

    def linear_maps(self) -> list[tuple[int, list[int], Tensor]]:
        """First linear map of each input: its index, the entries of (z, class) that it reads, and its weights (features, entries)."""
        condition = self.z_dim + self.class_dim
        classes, columns = list(range(self.z_dim, condition)), list(range(self.z_dim))
        maps = [(0, columns[self.chunks[0]], self.linear.weight)]
        for i, block in enumerate(cast("list[GeneratorBlock]", list(self.blocks))):
            norms = (block.bn1.gain, block.bn1.bias, block.bn2.gain, block.bn2.bias)
            weights = torch.cat([part.weight for part in norms])
            maps.append((i + 1, classes + columns[self.chunks[i + 1]], weights))
        return maps

    def forward(self, z: Latent, classes: Tensor, truncation: float = 1.0) -> Image:
        """Map latent codes (b, z_dim) and class vectors, (b, class_dim) or (b, num_layers, class_dim), to images.

        ``truncation`` has no effect, since these networks have one set of batch-norm statistics. The linear layer reads no
        class, so the first of several class vectors is not used.
        """
        del truncation
        x = self.linear(z[:, self.chunks[0]]).unflatten(1, (-1, self.start, self.start))
        for i, block in enumerate(self.blocks):
            class_vector = classes if classes.ndim == 2 else classes[:, i + 1]
            x = block(x, torch.cat([class_vector, z[:, self.chunks[i + 1]]], dim=1))
            if str(i) in self.attention:
                x = self.attention[str(i)](x)
        return self.output_conv(self.output_norm(x).relu()).tanh()

"""StyleGAN1 as one ``StyleNetwork``: z -> w -> W+ -> S -> image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from resefa.generators.networks.style_network import LayeredLatent
from resefa.generators.networks.stylegan1.mapping import MappingNetwork
from resefa.generators.networks.stylegan1.synthesis import Synthesis
from resefa.tensor_types import Latent


class StyleGAN1Network(nn.Module):
    """The generator that a record of ``stylegan1_record`` describes.

    Configuration: ``z_dim``, ``label_dim``, ``w_dim``, ``mapping_widths`` (one per dense layer), ``lr_multiplier``,
    ``blocks`` (their numbers, ``[4, 8, ...]``), ``widths`` and ``fused`` (one per block, see ``doubling_kernel``),
    ``const`` ([h, w] of the first), ``channels`` and ``noise`` (whether there is any).

    S has two numbers for each channel of a layer: all scales, to which 1 is added, then all shifts.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        # The protocol's methods ``mapping`` and ``synthesis`` are these modules, called.
        self.mapping = MappingNetwork(config)
        self.synthesis = Synthesis(config)
        self.z_dim: int = config["z_dim"]
        self.w_dim: int = config["w_dim"]
        self.label_dim: int = config["label_dim"]
        self.channels: int = config["channels"]
        height, width = (side << (len(config["blocks"]) - 1) for side in config["const"])
        self.resolution = (height, width)
        self.style_layers = self.synthesis.style_layers
        self.num_layers = self.synthesis.num_layers
        self.noise_shapes = self.synthesis.noise_shapes

    @property
    def w_avg(self) -> Tensor:
        """(w_dim,): the centre that truncation pulls to."""
        return self.mapping.w_avg

    def styles(self, ws: LayeredLatent) -> Latent:
        """(b, L, w_dim) -> (b, n_s): what the affine layers give."""
        return torch.cat([layer.affine(ws[:, i]) for i, layer in enumerate(self.synthesis.layers())], dim=1)

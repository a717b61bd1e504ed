"""StyleGAN2 as one ``StyleNetwork``: z -> w -> W+ -> S -> image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from resefa.networks.style_network import LayeredLatent, Styled
from resefa.networks.stylegan2.mapping import MappingNetwork
from resefa.networks.stylegan2.synthesis import Synthesis
from resefa.types import Latent


class StyleGAN2Network(Styled[Synthesis]):
    """The generator that a record of ``stylegan2_record`` describes; tensor names as in NVIDIA's PyTorch files.

    Configuration: ``z_dim``, ``label_dim``, ``embed_dim``, ``w_dim``, ``mapping_widths`` (one per dense layer),
    ``lr_multiplier``, ``blocks`` (their numbers, ``[4, 8, ...]``), ``widths`` (one per block), ``const`` ([h, w] of the
    first), ``channels``, ``architecture``, ``noise`` (whether there is any) and ``conv_clamp``. ``joint`` (see
    ``MappingNetwork``) and ``scaled_weights`` (see ``SynthesisLayer``) are there only where they are True.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config, MappingNetwork(config), Synthesis(config))

    def styles(self, ws: LayeredLatent) -> Latent:
        """(b, L, w_dim) -> (b, n_s): what the affine layers give, ToRGB's before its gain of 1 / sqrt(channels)."""
        affines = self.synthesis.affines()
        return torch.cat(
            [affine(ws[:, layer.layer]) for affine, layer in zip(affines, self.style_layers, strict=True)], dim=1
        )

"""StyleGAN2 as a ``StyleNetwork``: z -> w -> W+ -> S -> image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from resefa.networks.style_network import LayeredLatent, Styled
from resefa.networks.stylegan2.mapping import MappingNetwork
from resefa.networks.stylegan2.synthesis import Synthesis
from resefa.types import Latent


class StyleGAN2Network(Styled[Synthesis]):
    """StyleGAN2 generator built from a record of ``stylegan2_record``; tensor names as in NVIDIA's PyTorch files.

    Configuration: ``z_dim``, ``label_dim``, ``embed_dim``, ``w_dim``, ``mapping_widths`` (one per dense layer),
    ``lr_multiplier``, ``blocks`` (their numbers, ``[4, 8, ...]``), ``widths`` (one per block), ``const`` ([h, w] of the
    first), ``channels``, ``architecture``, ``noise`` (bool) and ``conv_clamp``. ``joint`` (see
    ``MappingNetwork``) and ``scaled_weights`` (see ``SynthesisLayer``) are present only if True.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config, MappingNetwork(config), Synthesis(config))

    def styles(self, ws: LayeredLatent) -> Latent:
        """Map W+ codes (b, L, w_dim) to styles (b, n_s); the styles of ToRGB layers do not include the gain 1 / sqrt(channels)."""
        affines = self.synthesis.affines()
        return torch.cat(
            [affine(ws[:, layer.layer]) for affine, layer in zip(affines, self.style_layers, strict=True)], dim=1
        )

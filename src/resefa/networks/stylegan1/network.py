"""StyleGAN1 as a ``StyleNetwork``: z -> w -> W+ -> S -> image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from resefa.networks.style_network import LayeredLatent, Styled
from resefa.networks.stylegan1.mapping import MappingNetwork
from resefa.networks.stylegan1.synthesis import Synthesis
from resefa.types import Latent


class StyleGAN1Network(Styled[Synthesis]):
    """StyleGAN1 generator built from a record of ``stylegan1_record``.

    Configuration: ``z_dim``, ``label_dim``, ``w_dim``, ``mapping_widths`` (one per dense layer), ``lr_multiplier``,
    ``blocks`` (their numbers, ``[4, 8, ...]``), ``widths`` and ``fused`` (one per block, see ``doubling_kernel``),
    ``const`` ([h, w] of the first), ``channels`` and ``noise`` (bool);
    optional: ``norm_epsilon`` and ``early_bias``, see ``Epilogue`` and ``UpsamplingLayer``.

    S has two numbers for each channel of a layer: all scales, to which 1 is added, then all shifts.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config, MappingNetwork(config), Synthesis(config))

    def styles(self, ws: LayeredLatent) -> Latent:
        """Map W+ codes (b, L, w_dim) to styles (b, n_s), the output of the affine layers."""
        return torch.cat([layer.affine(ws[:, i]) for i, layer in enumerate(self.synthesis.layers())], dim=1)

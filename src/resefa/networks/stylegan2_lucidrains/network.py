"""lucidrains' StyleGAN2 as a ``StyleNetwork``: z -> w -> W+ -> S -> image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from resefa.networks.style_network import LayeredLatent, Styled
from resefa.networks.stylegan2_lucidrains.mapping import MappingNetwork
from resefa.networks.stylegan2_lucidrains.synthesis import PARTS, Synthesis
from resefa.types import Latent


class StyleGAN2LucidrainsNetwork(Styled[Synthesis]):
    """lucidrains' StyleGAN2 generator built from a record of ``stylegan2_lucidrains_record``.

    Configuration: ``z_dim``, ``w_dim`` (equal), ``label_dim`` (0), ``depth`` and ``lr_mlp`` of the mapping, ``blocks`` (their sizes,
    ``[4, 8, ...]``), ``widths`` (one per block), ``const`` ([4, 4]), ``learned_const``, ``channels`` (4 if transparent),
    ``attention`` (indices of the blocks that attention precedes), ``attention_width``, ``eps_on_deviation``.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config, MappingNetwork(config), Synthesis(config))
        self.channels = 3

    def styles(self, ws: LayeredLatent) -> Latent:
        """Map W+ codes (b, L, w_dim) to styles (b, n_s), which are deviations from a scale of 1."""
        made = [] if self.synthesis.learned_const else [ws.mean(dim=1)]
        for index, block in enumerate(self.synthesis.blocks()):
            made += [getattr(block, part).affine(ws[:, index]) for part in PARTS]
        return torch.cat(made, dim=1)

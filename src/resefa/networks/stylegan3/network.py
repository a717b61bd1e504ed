"""StyleGAN3 generator, configurations T and R: Karras, Aittala, Laine, Härkönen, Hellsten, Lehtinen, Aila, "Alias-Free
Generative Adversarial Networks", NeurIPS 2021.

The configuration, made by ``resefa.checkpoints.families.stylegan3``, gives the sizes, factors and filters of every layer.
"""

from __future__ import annotations

from collections.abc import Mapping as Config
from typing import Any

from torch import Tensor, nn

from resefa.networks.style_network import LayeredLatent
from resefa.networks.stylegan3.mapping import Mapping
from resefa.networks.stylegan3.synthesis import Synthesis
from resefa.types import Latent


class StyleGAN3Network(nn.Module):
    """StyleGAN3 as a ``StyleNetwork`` without noise inputs; modules are named as in the published checkpoints."""

    def __init__(self, config: Config[str, Any]) -> None:
        super().__init__()
        self.z_dim: int = config["z_dim"]
        self.w_dim: int = config["w_dim"]
        self.label_dim: int = config["label_dim"]
        self.num_layers = len(config["layers"]) + 1
        self.resolution = (config["layers"][-1]["output_size"],) * 2
        self.channels: int = config["channels"]
        self.noise_shapes: tuple[tuple[int, int], ...] = ()
        # The modules ``mapping`` and ``synthesis`` serve as the protocol's methods of these names.
        self.mapping = Mapping(
            self.z_dim, self.label_dim, self.w_dim, config["mapping_layers"], config["lr_multiplier"]
        )
        self.synthesis = Synthesis(config)
        self.style_layers = self.synthesis.style_layers

    @property
    def w_avg(self) -> Tensor:
        """Centre of W, (w_dim,), towards which truncation pulls."""
        return self.mapping.w_avg

    def styles(self, ws: LayeredLatent) -> Latent:
        """Map W+ codes (b, L, w_dim) to styles (b, n_s); the pose of the Fourier input comes first and is not normalised yet."""
        return self.synthesis.styles(ws)

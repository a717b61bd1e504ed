"""StyleGAN3 generator, configurations T and R: Karras, Aittala, Laine, Härkönen, Hellsten, Lehtinen, Aila, "Alias-Free
Generative Adversarial Networks", NeurIPS 2021.

Its configuration, made of a checkpoint by ``resefa.checkpoints.families.stylegan3``, says every layer's sizes, factors and filters.
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
    """A ``StyleNetwork`` without noise inputs; modules bear the names of the published checkpoints' tensors."""

    def __init__(self, config: Config[str, Any]) -> None:
        super().__init__()
        self.z_dim: int = config["z_dim"]
        self.w_dim: int = config["w_dim"]
        self.label_dim: int = config["label_dim"]
        self.num_layers = len(config["layers"]) + 1
        self.resolution = (config["layers"][-1]["output_size"],) * 2
        self.channels: int = config["channels"]
        self.noise_shapes: tuple[tuple[int, int], ...] = ()
        # The protocol's methods ``mapping`` and ``synthesis`` are these modules, called.
        self.mapping = Mapping(
            self.z_dim, self.label_dim, self.w_dim, config["mapping_layers"], config["lr_multiplier"]
        )
        self.synthesis = Synthesis(config)
        self.style_layers = self.synthesis.style_layers

    @property
    def w_avg(self) -> Tensor:
        """(w_dim,): the centre that truncation pulls to."""
        return self.mapping.w_avg

    def styles(self, ws: LayeredLatent) -> Latent:
        """(b, L, w_dim) -> (b, n_s): what the affine layers give, the input's pose first and before it is normalised."""
        return self.synthesis.styles(ws)

"""What the networks of StyleGAN1 and 2 share around their mapping and synthesis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn


class Styled(nn.Module):
    """The attributes of ``StyleNetwork``, read off a configuration and the two parts.

    The protocol's methods ``mapping`` and ``synthesis`` are these modules, called.
    """

    def __init__(self, config: Mapping[str, Any], mapping: nn.Module, synthesis: nn.Module) -> None:
        super().__init__()
        self.mapping = mapping
        self.synthesis = synthesis
        self.z_dim: int = config["z_dim"]
        self.w_dim: int = config["w_dim"]
        self.label_dim: int = config["label_dim"]
        self.channels: int = config["channels"]
        height, width = (side << (len(config["blocks"]) - 1) for side in config["const"])
        self.resolution = (height, width)
        self.style_layers = synthesis.style_layers
        self.num_layers = synthesis.num_layers
        self.noise_shapes = synthesis.noise_shapes

    @property
    def w_avg(self) -> Tensor:
        """(w_dim,): the centre that truncation pulls to."""
        return self.mapping.w_avg

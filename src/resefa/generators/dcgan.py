"""DCGAN generators with the space Z."""

from __future__ import annotations

import torch
from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord
from resefa.generators.base import BaseGenerator
from resefa.generators.build import built
from resefa.generators.fingerprint import tensors_fingerprint
from resefa.generators.output_range import over_white, shown_channels
from resefa.latents.motion import Motion
from resefa.latents.space import LatentSpace
from resefa.networks.dcgan.network import DCGANNetwork
from resefa.types import Image, Latent


class DCGANGenerator(BaseGenerator):
    """DCGAN with z ~ N(0, I) and images in [-1, 1]."""

    linear_spaces = ("Z",)

    def __init__(
        self, record: CheckpointRecord, *, name: str, presets: str, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.network = built(DCGANNetwork, record, name, device, dtype)
        super().__init__(
            name=name,
            fingerprint=tensors_fingerprint(record.tensors),
            resolution=self.network.resolution,
            channels=shown_channels(int(record.config["channels"]), name),
            spaces={"Z": LatentSpace("Z", (int(record.config["latent"]),))},
            presets=presets,
            device=device,
            dtype=dtype,
        )

    def render(self, values: Latent, space: str) -> Image:
        return over_white(self.network(values))

    def _first_maps(self, motion: Motion) -> Tensor:
        """Kernel of the first transposed convolution; on a code of one pixel each value is the weight of one feature."""
        return self.network.layers[0].conv.weight.flatten(1).T

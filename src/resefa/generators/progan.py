"""ProGAN: a network with the space Z alone."""

from __future__ import annotations

import torch

from resefa.checkpoints.record import CheckpointRecord
from resefa.generators.base import BaseGenerator
from resefa.generators.fingerprint import tensors_fingerprint
from resefa.generators.strict import built
from resefa.latents.space import LatentSpace
from resefa.tensor_types import Image, Latent


class ProGANGenerator(BaseGenerator):
    """z ~ N(0, I), normalised by the network."""

    def __init__(
        self, record: CheckpointRecord, network_class: type, *, name: str, presets: str, device: torch.device, dtype: torch.dtype
    ) -> None:  # fmt: skip
        self.network = built(network_class, record, name, device, dtype)
        super().__init__(
            name=name,
            fingerprint=tensors_fingerprint(record.tensors),
            resolution=self.network.resolution,
            channels=self.network.channels,
            spaces={"Z": LatentSpace("Z", (self.network.z_dim,))},
            presets=presets,
            device=device,
            dtype=dtype,
        )

    def render(self, values: Latent, space: str) -> Image:
        return self.network(values)

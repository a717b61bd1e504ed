"""ProGAN generators with the space Z."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import UsageError
from resefa.generators.base import BaseGenerator
from resefa.generators.build import built
from resefa.generators.conditions import checked_label, one_hot
from resefa.generators.fingerprint import tensors_fingerprint
from resefa.generators.output_range import over_white, shown_channels
from resefa.latents.conditions import DEFAULT, Conditions
from resefa.latents.motion import Motion
from resefa.latents.space import LatentSpace
from resefa.types import Image, Latent


class ProGANGenerator(BaseGenerator):
    """ProGAN with z ~ N(0, I), normalised by the network."""

    linear_spaces = ("Z",)

    def __init__(
        self, record: CheckpointRecord, network_class: type, *, name: str, presets: str, device: torch.device, dtype: torch.dtype
    ) -> None:  # fmt: skip
        self.network = built(network_class, record, name, device, dtype)
        super().__init__(
            name=name,
            fingerprint=tensors_fingerprint(record.tensors),
            resolution=self.network.resolution,
            channels=shown_channels(self.network.channels, name),
            spaces={"Z": LatentSpace("Z", (self.network.z_dim,))},
            presets=presets,
            device=device,
            dtype=dtype,
        )

        self.classes = self.network.label_dim

    def render(self, values: Latent, space: str) -> Image:
        label = one_hot(self.conditions.label or 0, self.classes, values) if self.classes else None
        return over_white(self.network(values, label))

    def _first_maps(self, motion: Motion) -> Tensor:
        """Weights of the dense layer after the normalisation, without labels."""
        layer = self.network.get_submodule(self.network.names[0]).conv0
        return (layer.weight * layer.gain).permute(0, 2, 3, 1).flatten(0, 2)[:, : self.network.z_dim]

    def _checked(self, conditions: Conditions) -> Conditions:
        if replace(conditions, label=None) != DEFAULT:
            raise UsageError(f"{self.name} does not support {conditions.text}; a ProGAN has at most labels.")
        return checked_label(conditions, self.classes, self.name)

"""BigGAN and BigGAN-deep: a code and a class as a generator with the spaces Z, ZC and, for BigGAN-deep, Z+."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import LatentError, UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.generators.build import built
from resefa.generators.conditions import checked_label, one_hot
from resefa.generators.fingerprint import tensors_fingerprint
from resefa.latents.code import LatentCode
from resefa.latents.conditions import Conditions
from resefa.latents.layers import layer_indices, layer_text
from resefa.latents.motion import Motion, picked, repeated, separate, whole
from resefa.latents.seeds import checked_seeds
from resefa.latents.space import LatentSpace
from resefa.networks.biggan.network import BigGANNetwork
from resefa.networks.biggan_deep.network import BigGANDeepNetwork
from resefa.types import Image, Latent

BOUND = 2.0
"""Bound of the truncated normal distribution of codes, in standard deviations, before scaling by psi: the convention of the
published networks, with or without truncation."""


class _ConditionalGenerator(BaseGenerator):
    """Base of both families: Z is the code at a fixed class, ZC the code and the class embedding, so that classes blend."""

    order: tuple[str, ...] = ("Z", "ZC")

    def __init__(
        self, record: CheckpointRecord, network_class: type, *, name: str, presets: str, device: torch.device, dtype: torch.dtype
    ) -> None:  # fmt: skip
        self.network = built(network_class, record, name, device, dtype)
        net = self.network
        shapes = {
            "Z": (net.z_dim,),
            "ZC": (net.z_dim + net.class_dim,),
            "Z+": (net.num_layers, net.z_dim + net.class_dim),
        }
        super().__init__(
            name=name,
            fingerprint=tensors_fingerprint(record.tensors),
            resolution=net.resolution,
            channels=net.channels,
            spaces={space: LatentSpace(space, shapes[space]) for space in self.order},
            presets=presets,
            device=device,
            dtype=dtype,
        )
        self.linear_spaces = self.order
        self.classes = net.num_classes
        self.layer_resolutions = tuple(net.layer_resolutions)

    def sample(self, seed: int | Sequence[int], space: str | None = None) -> LatentCode:
        """One code per seed from the truncated normal distribution, (b, n), as the published sampling script draws it."""
        seeds = checked_seeds(seed)
        low, high = torch.special.ndtr(torch.tensor([-BOUND, BOUND], dtype=torch.float64)).tolist()
        rows = np.stack([np.random.RandomState(one).uniform(size=self.network.z_dim) for one in seeds])
        normal = torch.special.ndtri(low + (high - low) * torch.from_numpy(rows))
        values = (self.conditions.truncation * normal).to(self.device, self.dtype)
        return self.convert(LatentCode(values, "Z", seeds), self.space(space).name)

    def _checked(self, conditions: Conditions) -> Conditions:
        if conditions.cutoff is not None or conditions.noise != "constant":
            raise UsageError(
                f"{self.name} does not support {conditions.text}; its conditions are truncation and label."
            )
        if conditions.truncation == 0:
            raise UsageError(
                f"{parameter('truncation', 0)} is not possible for a BigGAN; give a number above 0 and at most 1."
            )
        return checked_label(conditions, self.classes, self.name)

    def _converted(self, values: Latent, space: str, target: str) -> Latent:
        if self.order.index(space) > self.order.index(target):
            return super()._converted(values, space, target)
        if space == "Z":
            values = torch.cat([values, self._class_of(values)], 1)
        return values[:, None].expand(-1, self.network.num_layers, -1).flatten(1) if target == "Z+" else values

    def _class_of(self, values: Tensor) -> Tensor:
        return self.network.embed(one_hot(self.conditions.label or 0, self.classes, values))

    def _first_maps(self, motion: Motion) -> Tensor:
        """Weights of the first linear layer, then of the gains and biases of every block's norms, over Z, ZC or Z+."""
        blocks, width = [], self.spaces["ZC"].dimensions
        for place, columns, weights in self.network.linear_maps():
            row = weights.new_zeros(len(weights), motion.target.shape[0] if motion.target.name == "Z+" else 1, width)
            row[:, place if motion.target.name == "Z+" else 0, columns] = weights
            blocks.append(row.flatten(1)[:, : motion.target.dimensions])
        maps = torch.cat(blocks)
        return maps @ motion.lift(torch.eye(motion.dimensions).to(maps)).T

    def _ordered(self, space: str | None, code_space: str | None) -> tuple[str, str]:
        """The direction's space, and the later of both spaces, in which code and direction are added."""
        where, start = self.space(space or code_space).name, self.space(code_space or space).name
        return where, max(where, start, key=self.order.index)

    def _layers(self, layers: str | None) -> tuple[Sequence[int], str | None]:
        count = self.network.num_layers
        chosen = range(count) if layers is None else layer_indices(layers, self.layer_resolutions, self.name)
        return chosen, None if len(chosen) == count else layer_text(chosen)


class BigGANDeepGenerator(_ConditionalGenerator):
    """BigGAN-deep: every block takes the same vector (z, class); in Z+ each block has a separate vector, so layers can be chosen."""

    order = ("Z", "ZC", "Z+")

    def __init__(self, record: CheckpointRecord, **settings: Any) -> None:
        super().__init__(record, BigGANDeepNetwork, **settings)

    def render(self, values: Latent, space: str) -> Image:
        layered = values if space == "Z+" else self._converted(values, space, "Z+")
        return self.network(layered.unflatten(1, (self.network.num_layers, -1)), self.conditions.truncation)

    def render_moved(self, base: Latent, motion: Motion, vectors: Latent) -> Image:
        if motion.target.name != "Z+" or bool(motion.moving().all()):
            return super().render_moved(base, motion, vectors)
        shape = motion.target.shape
        still = base.expand(len(vectors), -1).unflatten(1, shape).unbind(1)
        moved = (base + motion.lift(vectors)).unflatten(1, shape).unbind(1)
        rows = motion.moving().unflatten(0, shape).any(1).tolist()
        places = [new if does else old for new, old, does in zip(moved, still, rows, strict=True)]
        return self.network(places, self.conditions.truncation)

    def motion(self, space: str | None = None, layers: str | None = None, code_space: str | None = None) -> Motion:
        where, target = self._ordered(space, code_space)
        chosen, text = self._layers(layers)
        if text is not None:
            target = "Z+"
        if where == target and text is None:
            return whole(self.spaces[where])
        if where == "Z+":
            return separate("Z+", self.spaces["ZC"].dimensions, self.spaces["Z+"], chosen, text)
        width = self.spaces[where].dimensions
        if target == "Z+":
            return repeated(where, width, self.spaces["Z+"], chosen, text)
        return picked("Z", self.spaces["ZC"], range(width), None)


class BigGANGenerator(_ConditionalGenerator):
    """BigGAN: the code is split into chunks, one for the linear layer and one per block, which are its layers in Z."""

    def __init__(self, record: CheckpointRecord, **settings: Any) -> None:
        super().__init__(record, BigGANNetwork, **settings)
        if not record.config["hierarchical"]:
            self.layer_resolutions = ()

    def render(self, values: Latent, space: str) -> Image:
        both = values if space == "ZC" else self._converted(values, "Z", "ZC")
        return self.network(both[:, : self.network.z_dim], both[:, self.network.z_dim :])

    def motion(self, space: str | None = None, layers: str | None = None, code_space: str | None = None) -> Motion:
        where, target = self._ordered(space, code_space)
        if where == "ZC" and layers is not None:
            raise LatentError(
                f"{parameter('layers', layers)} cannot be chosen in ZC; choose {parameter('space', 'Z')}."
            )
        chosen, text = self._layers(layers)
        if text is None and where == target:
            return whole(self.spaces[where])
        places = [i for layer in chosen for i in range(self.network.z_dim)[self.network.chunks[layer]]]
        return picked("Z", self.spaces[target], places, text)

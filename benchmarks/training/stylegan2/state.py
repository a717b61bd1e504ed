"""The state of a training: networks, averages, optimizers, counters and random numbers; written to a file and read again.

A resumed training continues as if it had not been interrupted: on the CPU with the same bits.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.training.stylegan2.discriminator import Discriminator
from benchmarks.training.stylegan2.generator import TrainedGenerator
from benchmarks.training.stylegan2.losses import path_lengths
from resefa.checkpoints.open import open_checkpoint
from resefa.files.output_file import written_beside

_FORMAT = "resefa.stylegan2-training"
_BETAS = (0.0, 0.99)
_PATHS = 8
"""Images on which the first mean of path lengths is measured."""


@dataclass
class Counters:
    """The place in the plan.

    Attributes:
        plan: its text.
        stage: index of the stage in progress.
        stage_images: drawn images that this stage has trained on.
        stage_seconds: its duration so far.
        images: drawn images of all stages and runs; also the index of the next head of the world.
        resolution: highest so far, 0 before the first stage.
        grown: whether the stage in progress is the first of its resolution, after a lower one.
        new_discriminator: steps in which the discriminator alone is trained that are still to do.
    """

    plan: str = ""
    stage: int = 0
    stage_images: int = 0
    stage_seconds: float = 0.0
    images: int = 0
    resolution: int = 0
    grown: bool = False
    new_discriminator: int = 0


@dataclass
class TrainingState:
    """Networks, the average of the generator's weights, optimizers, the mean path length, and counters."""

    generator: TrainedGenerator
    average: TrainedGenerator
    discriminator: Discriminator
    generator_optimizer: torch.optim.Adam
    discriminator_optimizer: torch.optim.Adam
    path_mean: Tensor
    counters: Counters = field(default_factory=Counters)

    @property
    def device(self) -> torch.device:
        """Device of the networks."""
        return self.path_mean.device

    @classmethod
    def new(cls, generator: TrainedGenerator, discriminator: Discriminator, device: torch.device) -> TrainingState:
        """The state before the first step of these networks."""
        for network in (generator, discriminator):
            network.to(device)
            if device.type == "cuda":
                for value in network.parameters():
                    if value.ndim == 4:
                        value.data = value.data.contiguous(memory_format=torch.channels_last)
        average = copy.deepcopy(generator).eval().requires_grad_(False)
        of_generator, of_discriminator = _optimizer(generator, device), _optimizer(discriminator, device)
        return cls(generator, average, discriminator, of_generator, of_discriminator, torch.zeros((), device=device))

    @classmethod
    def from_generator(
        cls, generator: TrainedGenerator, discriminator: Discriminator, device: torch.device
    ) -> TrainingState:
        """A trained generator, which is also the average, with a new discriminator."""
        state = cls.new(generator, discriminator, device)
        # A mean of 0 would pull the trained generator towards shorter paths.
        z = torch.randn(_PATHS, generator.config["z_dim"], device=device)
        ws = generator.mapping(z)[:, None].repeat(1, generator.synthesis.num_ws, 1)
        state.path_mean.copy_(path_lengths(generator.synthesis(ws), ws).mean().detach())
        return state

    def save(self, path: Path) -> None:
        """Write the state to one file, in one step: an interruption leaves the file before."""
        content = {
            "format": _FORMAT,
            "generator_config": self.generator.config,
            "discriminator_config": self.discriminator.settings,
            "networks": {name: network.state_dict() for name, network in self._networks().items()},
            "optimizers": [self.generator_optimizer.state_dict(), self.discriminator_optimizer.state_dict()],
            "path_mean": self.path_mean,
            "counters": vars(self.counters),
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
        }
        with written_beside(path) as temporary:
            torch.save(content, temporary)

    @classmethod
    def load(cls, path: Path, device: torch.device) -> TrainingState:
        """Read a state; only tensors and plain values are read from the file.

        Raises:
            ValueError: the file holds something else.
        """
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise ValueError(f"{path} is not a training state; give the file state.pt of a training folder.")
        state = cls.new(
            TrainedGenerator(content["generator_config"]), Discriminator(**content["discriminator_config"]), device
        )
        for name, network in state._networks().items():
            network.load_state_dict(content["networks"][name])
        for optimizer, values in zip(
            (state.generator_optimizer, state.discriminator_optimizer), content["optimizers"], strict=True
        ):
            optimizer.load_state_dict(values)
        state.path_mean.copy_(content["path_mean"])
        state.counters = Counters(**content["counters"])
        torch.set_rng_state(content["random"])
        if device.type == "cuda" and content["random_cuda"] is not None:
            torch.cuda.set_rng_state(content["random_cuda"], device)
        return state

    def _networks(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "average": self.average, "discriminator": self.discriminator}


def opened_generator(path: Path) -> TrainedGenerator:
    """The generator of a file that resefa opens.

    Raises:
        ValueError: the generator uses noise, or another architecture than skip connections to the image.
    """
    record = open_checkpoint(path)
    strengths = [value for key, value in record.tensors.items() if key.endswith(".noise_strength")]
    fits = record.family == "stylegan2" and record.config["architecture"] == "skip" and record.config["noise"]
    if not fits or any(value.any() for value in strengths):
        raise ValueError(f"{path} is not a StyleGAN2 with skip connections and without noise; give another file.")
    generator = TrainedGenerator(record.config)
    generator.load_state_dict({key: value.float() for key, value in record.tensors.items()})
    return generator


def _optimizer(network: nn.Module, device: torch.device) -> torch.optim.Adam:
    # The learning rate is set for each run.
    graphs = {"fused": True, "capturable": True} if device.type == "cuda" else {}
    return torch.optim.Adam(network.parameters(), betas=_BETAS, **graphs)

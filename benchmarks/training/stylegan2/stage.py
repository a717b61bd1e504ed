"""Training at one resolution: steps of both networks, regularization, the average of the weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.training.stylegan2 import losses
from benchmarks.training.stylegan2.cuda_graph import CapturedStep
from benchmarks.training.stylegan2.plan import PlannedStage
from benchmarks.training.stylegan2.state import TrainingState
from resefa.worlds import ToonWorld

R1_EVERY, PATH_EVERY = 16, 8
"""Steps between regularizations; each is weighted by its number (StyleGAN2, section 3.1)."""
PATH_FROM = 300
"""First step with path length regularization when the generator is new."""
MIXING = 0.6
"""Probability that an image is made of two latent codes."""
_PATH_DECAY, _CENTRE_DECAY = 0.01, 0.002


@dataclass(frozen=True)
class Options:
    """Options of a run.

    Attributes:
        batch: images for each step.
        rate: learning rate of both networks.
        gamma: weight of the R1 penalty at 64 pixels; it grows with the square root of the resolution.
        path_weight: weight of path length regularization.
        fade: drawn images over which a new resolution is faded in.
        half_life: images after which a step's weights count half in the average.
        seed: of the heads.
    """

    batch: int = 64
    rate: float = 0.0025
    gamma: float = 0.3
    path_weight: float = 1.0
    fade: int = 8000
    half_life: int = 10_000
    seed: int = 0


@dataclass
class Sums:
    """Sums of losses since the last report, and the last values of the penalties, on the device."""

    discriminator: Tensor
    generator: Tensor
    r1: Tensor
    path: Tensor

    @classmethod
    def on(cls, device: torch.device) -> Sums:
        """Zeros."""
        return cls(*(torch.zeros((), device=device) for _ in range(4)))


class Stage:
    """One stage of a plan."""

    def __init__(self, state: TrainingState, planned: PlannedStage, options: Options) -> None:
        """Prepare the steps; on a GPU they become CUDA graphs."""
        self.state, self.planned, self.options = state, planned, options
        device, resolution = state.device, planned.resolution
        self.low = torch.bfloat16 if device.type == "cuda" else torch.float32
        self.world = ToonWorld(resolution, device)
        self.drawn = torch.empty(options.batch, 3, resolution, resolution, device=device)
        self.fade = torch.ones((), device=device)
        self.sums = Sums.on(device)
        self.memory = 0.5 ** (options.batch / options.half_life)
        counters = state.counters
        self.first = counters.images == counters.stage_images
        if counters.stage_images == 0:
            counters.grown = resolution > counters.resolution > 0
            counters.resolution = resolution
        self.fading = counters.grown and counters.stage_images < options.fade
        for optimizer in (state.generator_optimizer, state.discriminator_optimizer):
            for group in optimizer.param_groups:
                group["lr"] = options.rate
        if counters.grown and counters.stage_images == 0:
            # A new resolution begins as the doubled image of the resolution below.
            for network in (state.generator, state.average):
                nn.init.zeros_(network.synthesis.block(resolution).torgb.weight)
        self._prepare()

    def run(self, report: Callable[[Stage, bool], None]) -> None:
        """Train until the plan's length; ``report`` is called after each step, and with True after the last."""
        counters = self.state.counters
        began = time.monotonic() - counters.stage_seconds
        while not self.planned.finished(counters.stage_images, counters.stage_seconds):
            self._step()
            counters.stage_images += self.options.batch
            counters.images += self.options.batch
            counters.stage_seconds = time.monotonic() - began
            report(self, False)
        report(self, True)

    def _step(self) -> None:
        counters = self.state.counters
        step = counters.stage_images // self.options.batch
        if self.fading:
            faded = counters.stage_images / self.options.fade
            self.fade.fill_(min(faded, 1.0))
            if faded >= 1:
                self.fading = False
                self._prepare()
        heads = self.world.sample(self.options.batch, self.options.seed, counters.images)
        self.drawn.copy_(self.world.draw(heads).images)
        if counters.new_discriminator > 0:
            counters.new_discriminator -= 1
            self._train_discriminator()
        else:
            self._train_both()
            path_from = PATH_FROM if self.first else 0
            if self.options.path_weight and step >= path_from and step % PATH_EVERY == PATH_EVERY // 2:
                self._regularize_generator()
        if step % R1_EVERY == 0:
            self._regularize_discriminator()

    def _prepare(self) -> None:
        """Give gradients to the parameters in use, which alone are trained, and make steps without graphs."""
        state, resolution = self.state, self.planned.resolution
        used = [*state.generator.trained(resolution), *state.discriminator.trained(resolution, self.fading)]
        chosen = {id(value) for value in used}
        for network in (state.generator, state.discriminator):
            for value in network.parameters():
                value.grad = torch.zeros_like(value) if id(value) in chosen else None
        self._train_discriminator, self._train_both, self._regularize_discriminator, self._regularize_generator = (
            CapturedStep(step, state.device)
            for step in (self._discriminator_step, self._both_steps, self._r1_step, self._path_step)
        )

    def _score(self, images: Tensor, low: torch.dtype) -> Tensor:
        return self.state.discriminator(images, self.fade if self.fading else None, low)

    def _generated(self) -> Tensor:
        return self.state.generator.synthesis(self._codes(self.options.batch), self.planned.resolution, self.low)

    def _codes(self, count: int) -> Tensor:
        """Codes of W+ (count, L, w_dim), some of which change from one w to another at a random layer."""
        generator, device = self.state.generator, self.state.device
        layers = generator.synthesis.num_ws
        z = torch.randn(2 * count, generator.config["z_dim"], device=device)
        first, second = generator.mapping(z).chunk(2)
        with torch.no_grad():
            generator.mapping.get_buffer("w_avg").lerp_(first.mean(0), _CENTRE_DECAY)
        change = torch.randint(1, layers, (count, 1), device=device)
        mixed = torch.rand(count, 1, device=device) < MIXING
        change = torch.where(mixed, change, torch.full_like(change, layers))
        before = torch.arange(layers, device=device)[None] < change
        return torch.where(before[:, :, None], first[:, None], second[:, None])

    def _discriminator_step(self) -> None:
        with torch.no_grad():
            generated = self._generated()
        self._update_discriminator(generated)

    def _update_discriminator(self, generated: Tensor) -> None:
        self.state.discriminator_optimizer.zero_grad(set_to_none=False)
        loss = losses.discriminator_loss(self._score(self.drawn, self.low), self._score(generated, self.low))
        loss.backward()
        self.state.discriminator_optimizer.step()
        self.sums.discriminator.add_(loss.detach())

    def _both_steps(self) -> None:
        state = self.state
        state.generator_optimizer.zero_grad(set_to_none=False)
        generated = self._generated()
        self._update_discriminator(generated.detach())
        state.discriminator.requires_grad_(False)
        loss = losses.generator_loss(self._score(generated, self.low))
        loss.backward()
        state.discriminator.requires_grad_(True)
        state.generator_optimizer.step()
        self.sums.generator.add_(loss.detach())
        with torch.no_grad():
            for mean, value in zip(state.average.parameters(), state.generator.parameters(), strict=True):
                mean.lerp_(value, 1 - self.memory)
            state.average.mapping.get_buffer("w_avg").copy_(state.generator.mapping.get_buffer("w_avg"))

    def _r1_step(self) -> None:
        state = self.state
        state.discriminator_optimizer.zero_grad(set_to_none=False)
        images = self.drawn.clone().requires_grad_()
        penalty = losses.r1_penalty(self._score(images, torch.float32), images)
        gamma = self.options.gamma * math.sqrt(self.planned.resolution / 64)
        (penalty * (gamma / 2 * R1_EVERY)).backward()
        state.discriminator_optimizer.step()
        self.sums.r1.copy_(penalty.detach())

    def _path_step(self) -> None:
        state = self.state
        state.generator_optimizer.zero_grad(set_to_none=False)
        ws = self._codes(self.options.batch // 2)
        lengths = losses.path_lengths(state.generator.synthesis(ws, self.planned.resolution), ws)
        with torch.no_grad():
            state.path_mean.lerp_(lengths.mean(), _PATH_DECAY)
        ((lengths - state.path_mean).square().mean() * (self.options.path_weight * PATH_EVERY)).backward()
        state.generator_optimizer.step()
        self.sums.path.copy_(lengths.detach().mean())

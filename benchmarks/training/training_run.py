"""The loop that trains the small networks: AdamW, one cosine decay, an average of the weights, bfloat16 products.

The cosine follows the steps, so a run is reproducible; ``--steps`` decides its length.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_WARM_UP = 100
_MEMORY = 0.99
_REPORT = 100
_LEAST_RATE = 1e-5


@dataclass(frozen=True)
class TrainingRun:
    """Options of a run.

    Attributes:
        steps: number of updates. ``rate``: the largest learning rate, reached after 100 steps.
        decay: weight decay.
    """

    steps: int
    rate: float
    decay: float

    def train(self, network: nn.Module, loss: Callable[[], Tensor]) -> None:
        """Train a network; at the end it holds the exponential average of its weights.

        Args:
            loss: draws a batch and computes the network's loss on it.
        """
        optimizer = torch.optim.AdamW(network.parameters(), self.rate, betas=(0.9, 0.98), weight_decay=self.decay)
        average = {name: value.clone() for name, value in network.state_dict().items()}
        network.train()
        began, recent = time.monotonic(), 0.0
        for step in range(self.steps):
            for group in optimizer.param_groups:
                group["lr"] = self._rate_at(step)
            value = loss()
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            _follow(average, network, min(_MEMORY, (step + 1) / (step + 51)))
            recent += (value.item() - recent) / min(step + 1, 50)
            if (step + 1) % _REPORT == 0:
                print(
                    f"step {step + 1} of {self.steps}, {time.monotonic() - began:.0f} s, loss {recent:.4f}", flush=True
                )
        network.load_state_dict(average)
        network.eval()

    def _rate_at(self, step: int) -> float:
        cosine = 0.5 + 0.5 * math.cos(math.pi * step / self.steps)
        return self.rate * min(1.0, (step + 1) / _WARM_UP) * cosine + _LEAST_RATE


@torch.no_grad()
def _follow(average: dict[str, Tensor], network: nn.Module, memory: float) -> None:
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            average[name].lerp_(value, 1 - memory)
        else:
            average[name].copy_(value)

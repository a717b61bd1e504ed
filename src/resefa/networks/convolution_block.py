"""Convolution and ReLU, with batch normalisation in training, which ``folded_state`` merges into the convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConvolutionBlock(nn.Module):
    """A 3 x 3 convolution with ReLU; batch normalisation between them if ``normalized``."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, normalized: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.norm = nn.BatchNorm2d(outputs) if normalized else None

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return (x if self.norm is None else self.norm(x)).relu()

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of the convolution that equals convolution and normalisation with the running moments.

        gamma (w x + b - mean) / sigma + beta = (gamma / sigma) w x + (gamma / sigma) (b - mean) + beta.
        """
        weight, bias = self.conv.weight, self.conv.bias
        assert bias is not None
        if self.norm is None:
            return weight, bias
        mean, variance = self.norm.running_mean, self.norm.running_var
        assert mean is not None and variance is not None
        factor = self.norm.weight / torch.sqrt(variance + self.norm.eps)
        return weight * factor[:, None, None, None], (bias - mean) * factor + self.norm.bias


def folded_state(network: nn.Module) -> dict[str, Tensor]:
    """State of a trained network for the same network built with ``normalized=False``."""
    state = {name: value for name, value in network.state_dict().items() if ".norm." not in name}
    for name, block in network.named_modules():
        if isinstance(block, ConvolutionBlock):
            state[f"{name}.conv.weight"], state[f"{name}.conv.bias"] = block.folded()
    return {name: value.detach().clone() for name, value in state.items()}

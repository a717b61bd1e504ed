"""A small StyleGAN2 network (64 x 64, w of 128, 10 layers) that learns to give faces-dcgan's pictures.

The network sees codes z and the images that faces-dcgan makes of them, and minimises the squared difference: first of
images averaged down to 16 x 16, then to 32 x 32, then in full. Each size costs about twice the previous one, and most of what the
mapping has to learn is visible at the smallest size.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

import resefa
from benchmarks.support.trainable_stylegan2 import trainable_pass
from resefa.networks.stylegan2 import StyleGAN2Network

ROUNDS = ((3e-2, ((3, 16, 3000), (4, 32, 1000), (5, 64, 800))), (2e-2, ((4, 32, 1400), (5, 64, 1100))))
"""Rates, each with its stages: blocks of the network, size of the pictures, steps."""

BATCH = 16
PICTURES = 20000
HELD_OUT = 1000


def small(z_dim: int) -> StyleGAN2Network:
    """The network before it learns: styles near 1, images near grey, or the first thousand steps undo the start."""
    config = {
        "z_dim": z_dim, "label_dim": 0, "embed_dim": 0, "w_dim": 128, "mapping_widths": [128] * 2, "lr_multiplier": 1.0,
        "blocks": [4, 8, 16, 32, 64], "widths": [96, 96, 64, 48, 24], "const": [4, 4], "channels": 3,
        "architecture": "skip", "noise": False, "conv_clamp": None,
    }  # fmt: skip
    network = StyleGAN2Network(config)
    with torch.no_grad():
        for affine in network.synthesis.affines():
            affine.bias.fill_(1.0)
            affine.weight.mul_(0.3)
        for block in network.synthesis.blocks():
            block.torgb.weight.mul_(0.1)
    return network


def pictures_of(teacher: resefa.Generator, count: int = PICTURES) -> tuple[Tensor, Tensor]:
    """Codes (count, n) and the teacher's pictures of them (count, c, h, w) in float16, made once for all steps."""
    torch.manual_seed(1)
    codes = torch.randn(count, teacher.spaces["Z"].dimensions)
    with torch.no_grad():
        return codes, torch.cat([teacher.render(part, "Z").half() for part in codes.split(100)])


def teach(codes: Tensor, pictures: Tensor, path: Path) -> None:
    """Learn from all but the last ``HELD_OUT`` pictures, report the error on those, and save."""
    torch.manual_seed(0)
    network = small(codes.shape[1])
    for index, (rate, stages) in enumerate(ROUNDS):
        torch.manual_seed(index)
        learn(network, codes[:-HELD_OUT], pictures[:-HELD_OUT], rate, stages)
    with torch.no_grad():
        network.mapping.w_avg.copy_(network.mapping(torch.randn(10000, network.z_dim)).mean(0))
    tensors = {key: value.contiguous() for key, value in network.state_dict().items()}
    save_file(tensors, path, {"settings": json.dumps({"lr_multiplier": 1.0})})
    report(network, codes[-HELD_OUT:], pictures[-HELD_OUT:].float(), path)


def learn(
    network: StyleGAN2Network, codes: Tensor, pictures: Tensor, rate: float, stages: tuple[tuple[int, int, int], ...]
) -> None:
    """One size after the other; the rate stays for the first 3/10 of the work and then falls to 0 along a cosine."""
    optimiser = torch.optim.Adam(network.parameters(), lr=rate, betas=(0.9, 0.99))
    # Shares of the work: a step costs about twice that of the size before.
    work = [steps * 2.0**i for i, (_, _, steps) in enumerate(stages)]
    for stage, (blocks, size, steps) in enumerate(stages):
        wanted = torch.cat([F.adaptive_avg_pool2d(part.float(), size).half() for part in pictures.split(500)])
        for step in range(steps):
            done = (sum(work[:stage]) + work[stage] * step / steps) / sum(work)
            for group in optimiser.param_groups:
                group["lr"] = rate * (1.0 if done < 0.3 else 0.5 + 0.5 * math.cos(math.pi * (done - 0.3) / 0.7))
            chosen = torch.randint(len(codes), (BATCH,))
            loss = (trainable_pass(network, codes[chosen], blocks) - wanted[chosen].float()).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if not step % 100:
                print(f"{size} x {size}, step {step}: mean squared error {loss.item():.4f}", flush=True)


def report(network: StyleGAN2Network, codes: Tensor, pictures: Tensor, path: Path) -> None:
    """The error on pictures that were not learnt from, of the file as the library opens it."""
    opened = resefa.load(path)
    with torch.no_grad():
        found = torch.cat([opened.render(part, "Z") for part in codes.split(100)])
        difference = (found[:8] - trainable_pass(network, codes[:8])).abs().max()
    assert difference < 1e-4, f"the pass that was trained differs from the library's by {difference}"
    error = (found - pictures).square().mean()
    spread = (pictures - pictures.mean(0)).square().mean()
    print(
        f"{path}: mean squared error {error:.4f} on {len(codes)} new codes; their mean picture would have {spread:.4f}"
    )

"""Directions optimised over the layers that the edit moves, beside directions optimised over all layers (the authors').

A style network that knows faces is needed and none is published where this project's weights come from, so one is made:
a small StyleGAN2 network (64 x 64) learns to give the picture that the default generator gives for the same z, by the
squared difference. That takes a while and is kept in ``--weights``.

    python benchmarks/edited_layers.py --weights small-style-faces.safetensors
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from trainable_stylegan2 import trainable_pass

import resefa
from resefa.generators.networks.stylegan2 import StyleGAN2Network

LAYERS = (None, "0-3", "2-5", "4-7", "6-9")


def small(z_dim: int) -> StyleGAN2Network:
    config = {
        "z_dim": z_dim, "label_dim": 0, "embed_dim": 0, "w_dim": 128, "mapping_widths": [128] * 4, "lr_multiplier": 0.1,
        "blocks": [4, 8, 16, 32, 64], "widths": [96, 96, 64, 48, 24], "const": [4, 4], "channels": 3,
        "architecture": "skip", "noise": False, "conv_clamp": None,
    }  # fmt: skip
    network = StyleGAN2Network(config)
    for part in network.synthesis.affines():
        torch.nn.init.ones_(part.bias)  # a style begins as no change
    return network


def teach(teacher: resefa.Generator, path: Path, steps: int, batch: int) -> None:
    """Distil the teacher into the small network: it sees z and the teacher's picture of it, nothing else."""
    torch.manual_seed(0)
    network = small(teacher.spaces["Z"].dimensions)
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3, betas=(0.0, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps)
    recent = 0.0
    for step in range(steps):
        z = torch.randn(batch, teacher.spaces["Z"].dimensions)
        with torch.no_grad():
            wanted = teacher.render(z, "Z")
        found = trainable_pass(network, z)
        loss = (found - wanted).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        recent = loss.item() if not recent else 0.98 * recent + 0.02 * loss.item()
        if not step % 100:
            print(
                f"step {step}: mean squared error {recent:.4f}, of a mean power of {wanted.var().item():.3f}",
                flush=True,
            )
    with torch.no_grad():
        network.mapping.w_avg.copy_(network.mapping(torch.randn(10000, network.z_dim)).mean(0))
        network.float()  # what the library derives from the weights is made anew
        w = network.mapping(z)[:, None].expand(-1, network.num_layers, -1)
        difference = (network.synthesis(network.styles(w)) - trainable_pass(network, z)).abs().max()
        assert difference < 1e-4, f"the pass that was trained differs from the library's by {difference}"
    tensors = {key: value.contiguous() for key, value in network.state_dict().items()}
    save_file(tensors, path, {"settings": json.dumps({"mapping_kwargs": {"lr_multiplier": 0.1}})})
    print(f"{path}: mean squared error {recent:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--change", type=float, default=0.05)
    options = parser.parse_args()
    teacher = resefa.load("faces-dcgan")
    if not options.weights.exists():
        teach(teacher, options.weights, options.steps, options.batch)
    generator = resefa.load(options.weights, presets="faces-dcgan")
    print(f"change outside at {options.change} inside, W, medians over seeds 0 to {options.seeds - 1} and both signs")
    print("region  layers    optimised over these   optimised over all   ratio   worse on   not reached")
    for region in ("mouth", "eyes"):
        for layers in LAYERS:
            rows, missed = [], [0, 0]
            for seed in range(options.seeds):
                code = generator.sample(seed, space="W")
                own = resefa.discover(generator, code, region, space="W", layers=layers, k=1)[0]
                every = resefa.discover(generator, code, region, space="W", k=1)[0]
                every = replace(every, provenance=replace(every.provenance, layers=layers))
                pair = []
                for i, direction in enumerate((own, every)):
                    found = resefa.calibrate(generator, code, direction, options.change)
                    missed[i] += not found.attained
                    pair.append(math.sqrt(found.plus.outside * found.minus.outside) if found.attained else math.inf)
                rows.append(pair)
            ours, theirs = (statistics.median(column) for column in zip(*rows, strict=True))
            worse = sum(a > b for a, b in rows)
            print(
                f"{region:7} {layers or 'all':9} {ours:20.4f} {theirs:20.4f} {ours / theirs:7.2f} {worse:10d}   {missed}",
                flush=True,
            )


if __name__ == "__main__":
    main()

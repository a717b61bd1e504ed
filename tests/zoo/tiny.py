"""Small networks under the names of real releases, with random weights: what a card of the same geometry describes."""

from __future__ import annotations

from pathlib import Path

import torch


def stylegan2(path: Path, resolution: int = 256, latent: int = 512, width: int = 2) -> bytes:
    """A StyleGAN2 as NVIDIA's PyTorch release names it, saved to ``path``; its bytes."""
    draw = torch.Generator().manual_seed(0)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=draw)

    tensors = {"mapping.w_avg": random(latent)}
    for layer in (0, 1):
        tensors |= {f"mapping.fc{layer}.weight": random(latent, latent), f"mapping.fc{layer}.bias": random(latent)}
    size = 4
    while size <= resolution:
        block = f"synthesis.b{size}"
        if size == 4:
            tensors[f"{block}.const"] = random(width, size, size)
        for name in ("conv1",) if size == 4 else ("conv0", "conv1"):
            layer = f"{block}.{name}"
            tensors |= {f"{layer}.weight": random(width, width, 3, 3), f"{layer}.bias": random(width)}
            tensors |= {f"{layer}.affine.weight": random(width, latent), f"{layer}.affine.bias": random(width)}
            tensors |= {f"{layer}.noise_const": random(size, size), f"{layer}.noise_strength": random(1)[0]}
        layer = f"{block}.torgb"
        tensors |= {f"{layer}.weight": random(3, width, 1, 1), f"{layer}.bias": random(3)}
        tensors |= {f"{layer}.affine.weight": random(width, latent), f"{layer}.affine.bias": random(width)}
        size *= 2
    torch.save({"G_ema": tensors}, path)
    return path.read_bytes()

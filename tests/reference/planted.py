"""A generator whose best direction is known: four dimensions move the left half, one moves the right half only, the rest both."""

from __future__ import annotations

import torch

import resefa

SIZE, DIMENSIONS, PLANTED = 8, 12, 3
REGION = f"box:0,{SIZE // 2},{SIZE},{SIZE // 2}"


def planted_generator():
    """Linear, 8 x 8 grey images; unit vector PLANTED moves the right half (REGION) and nothing else."""
    draw = torch.Generator().manual_seed(0)
    maps = torch.randn(DIMENSIONS, SIZE, SIZE, generator=draw)
    maps[:PLANTED, :, SIZE // 2 :] = 0
    maps[PLANTED, :, : SIZE // 2] = 0
    return resefa.wrap(
        lambda z: torch.einsum("bn,nhw->bhw", z.flatten(1), maps.to(z))[:, None] / 16, DIMENSIONS, name="planted"
    )

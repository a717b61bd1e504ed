"""A motion cut layer by layer moves what it moved whole."""

from __future__ import annotations

import pytest
import torch

from resefa.latents.motion import Motion, picked, repeated, separate, whole
from resefa.latents.space import LatentSpace

WPLUS, S, W = LatentSpace("W+", (5, 6)), LatentSpace("S", (1500,)), LatentSpace("W", (6,))


@pytest.mark.parametrize(
    ("motion", "count"),
    [
        (whole(WPLUS), 5),
        (separate("W+", 6, WPLUS, (1, 3, 4), "1,3-4"), 3),
        (separate("Z+", 4, WPLUS, (0, 2), "0,2"), 2),
        (picked("S", S, range(400, 1400), None), 3),
        (whole(S), 3),
        (repeated("W", 6, WPLUS, (2, 3), "2-3"), 1),
        (whole(W), 1),
    ],
)
def test_parts_make_up_the_motion_and_move_one_layer_each(motion: Motion, count: int) -> None:
    parts = motion.parts()
    assert len(parts) == count
    vectors = torch.randn(3, motion.dimensions)
    lifted = torch.zeros_like(motion.lift(vectors))
    end = 0
    for start, part in parts:
        assert start == end
        end = start + part.dimensions
        moved = part.lift(vectors[:, start:end])
        lifted += moved
        rows = moved.unflatten(1, motion.target.shape).any(0)
        if count > 1 and rows.ndim > 1:
            assert int(rows.any(1).sum()) == 1
            assert torch.equal(rows.any(1), part.moving().unflatten(0, motion.target.shape).any(1))
    assert end == motion.dimensions
    assert torch.equal(lifted, motion.lift(vectors))

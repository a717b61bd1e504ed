"""StyleSpace: single channels, the most local first, and a screening that finds the same."""

from __future__ import annotations

import torch
from reference.problems import image_jacobian, search


def test_style_space_gives_single_channels_and_the_most_local_first(style, region):
    code = style.sample([0, 1])
    every = search("stylespace", candidates=200, floor=0.0).find(style, code, region, k=160)
    assert torch.equal(every.vectors.sort(1).values[:, -1], torch.ones(160))
    assert torch.equal(every.vectors.sum(0), torch.ones(160))
    jacobians = [
        image_jacobian(style, one, style.resolution, motion=style.motion("S", None, "Z")).matrix for one in code
    ]
    part = region.weights(*style.resolution).edit.flatten().repeat(3).double()
    inside = sum((matrix.square() * part[:, None]).sum(0) for matrix in jacobians)
    everything = sum(matrix.square().sum(0) for matrix in jacobians)
    share = inside / everything
    ranks = share[every.vectors.argmax(1)]
    assert (ranks.diff() <= 1e-12).all()


def test_a_screening_finds_the_channels_that_measuring_all_of_them_finds(style, region):
    code = style.sample([0, 1])
    every = search("stylespace", candidates=160).find(style, code, region, k=3)
    some = search("stylespace", candidates=24, probes=64).find(style, code, region, k=3)
    assert "24 measured" in some.status and "all 160" in every.status
    assert torch.equal(some.vectors, every.vectors)

"""GANSpace: principal components of w, and activations regressed to codes."""

from __future__ import annotations

import pytest
import torch
from reference.lines import lines_apart
from reference.problems import search

from resefa.errors import UsageError
from resefa.methods.ganspace import components, regressed
from resefa.methods.samples import FIRST_SEED


def test_ganspace_is_the_pca_of_w_and_its_populations_are_nobodys_images(style, region):
    found = search("ganspace", samples=300, ranked=False).find(style, style.sample(0), region, k=4)
    w = style.sample(range(FIRST_SEED, FIRST_SEED + 300), "W").values
    right = torch.linalg.svd(w - w.mean(0), full_matrices=False).Vh
    assert lines_apart(found.vectors, right[:4]) < 1e-6
    with pytest.raises(UsageError, match="12 dimensions; give more"):
        search("ganspace", samples=12).find(style, style.sample(0), region, k=1)


def test_ganspace_regresses_activations_to_codes():
    """Orthogonal weights of unlike strength: components are its axes, and the codes that go with them its columns."""
    drawn = torch.Generator().manual_seed(0)
    codes = torch.randn(20_000, 4, generator=drawn, dtype=torch.float64)
    basis = torch.linalg.qr(torch.randn(4, 4, generator=drawn, dtype=torch.float64)).Q
    weights = torch.tensor([4.0, 3.0, 2.0, 1.0], dtype=torch.float64)[:, None] * basis
    found = regressed(codes, codes @ weights.T, 4)
    assert float((found * basis).sum(1).abs().min()) > 0.999
    assert float(components(codes @ weights.T, 4).abs().diagonal().min()) > 0.999

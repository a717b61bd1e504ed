"""LowRankGAN as a method: an analytic generator, a file that survives, and Jacobians that are shared."""

from __future__ import annotations

import pytest
import torch
from reference.problems import search

import resefa
from resefa.errors import SolverError, UsageError
from resefa.runtime.jacobian_cache import JacobianCache


def diagonal():
    """Dimension j moves pixel j only."""
    return resefa.wrap(lambda z: (z / 8).reshape(-1, 1, 1, 6), 6)


def test_a_linear_generator_gives_the_axis_that_moves_the_region(tmp_path):
    generator = diagonal()
    region = resefa.Region.box(0, 2, 1, 1)
    found = search("lowrankgan", sparsity=2.0).find(generator, generator.sample(0), region, k=3)
    assert torch.allclose(found.vectors, torch.eye(6)[2:3], atol=1e-6)
    assert float(found.inside_rate[0]) == pytest.approx(1 / 64)
    assert float(found.outside_rate[0]) == pytest.approx(0, abs=1e-12)
    assert found.provenance.method == "lowrankgan" and "5 of 5 directions protected outside" in found.status
    found.save(tmp_path / "low.safetensors")
    again = resefa.Directions.load(tmp_path / "low.safetensors")
    assert torch.equal(again.vectors, found.vectors) and again.provenance == found.provenance
    assert again.eigenvalues is None


def test_the_jacobian_is_that_of_resefa():
    generator, cache = diagonal(), JacobianCache()
    code, region = generator.sample(0), resefa.Region.box(0, 2, 1, 1)
    resefa.discover(generator, code, region, cache=cache)
    told = []
    search("lowrankgan", sparsity=2.0, cache=cache, progress=lambda *step: told.append(step)).find(
        generator, code, region, k=1
    )
    assert told == []


def test_several_codes_and_what_makes_no_sense():
    generator = diagonal()
    region = resefa.Region.box(0, 2, 1, 1)
    assert len(search("lowrankgan", sparsity=2.0).find(generator, generator.sample(range(2)), region, k=1).codes) == 2
    with pytest.raises(UsageError, match="k is 0"):
        search("lowrankgan").find(generator, generator.sample(0), region, k=0)
    with pytest.raises(SolverError, match="larger sparsity"):
        search("lowrankgan", sparsity=1e-3).find(generator, generator.sample(0), region, k=1)

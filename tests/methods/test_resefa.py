"""Which way the finder goes, what it says of it, and that every way leads to the same directions."""

from __future__ import annotations

import re

import pytest
import torch
from reference.small import small_generator

import resefa
from resefa.discovery.planner import choose
from resefa.discovery.subspaces import forget_subspaces
from resefa.errors import UsageError

SIZES = {"n": 512, "protected": 10**5, "needed": 10**8, "budget": 10**9, "tau": 1e-3}


@pytest.fixture(scope="module")
def generator():
    return small_generator("stylegan2")


@pytest.fixture
def region():
    return resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")


@pytest.mark.parametrize(
    ("changed", "solver"),
    [
        ({}, "cholesky"), ({"n": 7168}, "matrix-free"), ({"needed": 10**10}, "matrix-free"), ({"protected": 100}, "woodbury"),
        ({"n": 7168, "tau": 0.0}, "cholesky"),
    ],
)  # fmt: skip
def test_the_way_is_chosen_from_the_sizes_and_explained(changed, solver):
    route = choose("auto", **{**SIZES, **changed})
    assert route.solver == solver and route.why


def test_the_person_overrules():
    assert choose("matrix-free", **SIZES).solver == "matrix-free"
    with pytest.raises(UsageError, match="matrix-free"):
        choose("fastest", **SIZES)


@pytest.mark.parametrize(("space", "layers"), [("W", None), ("W+", None), ("W+", "1-2"), ("S", None)])
def test_products_alone_lead_to_the_directions_of_the_whole_jacobian(generator, region, space, layers):
    code = generator.sample([0, 1], "W")
    options = {"k": 3, "space": space, "layers": layers}
    dense = resefa.discover(generator, code, region, solver="cholesky", **options)
    free = resefa.discover(generator, code, region, solver="matrix-free", tolerance=1e-6, **options)
    assert free.provenance.solver == "matrix-free" and re.search(
        r"\d+ JVPs and VJPs (on all|instead of)", free.provenance.status
    )
    # Of so small a tolerance the ridge is a part too: its trace is taken exactly.
    assert torch.allclose(free.eigenvalues, dense.eigenvalues, rtol=1e-4)
    assert torch.allclose(free.inside_rate, dense.inside_rate, rtol=0.05)
    cosines = (free.vectors * dense.vectors).sum(1).abs()
    assert (cosines > 0.99).all()


def test_a_second_region_on_the_image_spends_less(generator):
    forget_subspaces()
    code = generator.sample(3, "W+")
    spent = []
    for left in (0.0, 0.5):
        where = resefa.Region.box(0.25, left, 0.5, 0.4, unit="fraction")
        found = resefa.discover(generator, code, where, solver="matrix-free", k=2)
        spent.append(int(re.search(r"(\d+) JVPs", found.provenance.status)[1]))
    assert spent[1] < spent[0]


def test_an_intermediate_image_gives_directions_of_the_whole_generator(generator, region):
    code, rows = generator.sample(0, "W"), generator.network.synthesis.intermediate_sizes[-2][0]
    found = resefa.discover(generator, code, region, k=2, analysis_resolution=rows, intermediate=True)
    plain = resefa.discover(generator, code, region, k=2, analysis_resolution=rows)
    assert "intermediate" in found.provenance.status and "area averaging" in plain.provenance.status
    assert found.provenance.resolution == generator.resolution and found.edit.shape == generator.resolution
    assert found.provenance.fingerprint == generator.fingerprint
    assert not torch.allclose(found.eigenvalues, plain.eigenvalues)
    assert resefa.edit(generator, code, found[0], strengths=[0, 1]).shape[-2:] == generator.resolution

"""Which way the finder goes, what it says of it, and that every way leads to the same directions."""

from __future__ import annotations

import pytest
import torch
from reference.small import small_generator

import resefa
from resefa import solvers
from resefa.discovery.planner import Sizes, choose
from resefa.errors import UsageError
from resefa.runtime.session import SHARED_CACHE

SIZES = {"dimensions": 512, "values": 10**5, "bytes": 10**8, "budget": 10**9}


@pytest.fixture(scope="module")
def generator():
    return small_generator("stylegan2")


@pytest.fixture
def region():
    return resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")


@pytest.mark.parametrize(
    ("sizes", "options", "solver", "rule"),
    [
        ({}, {}, solvers.Cholesky, "whole"),
        ({"values": 100}, {}, solvers.Woodbury, "few unwanted values"),
        ({"values": 100}, {"tau": 0.0}, solvers.Cholesky, "whole"),
        ({"dimensions": 7168}, {}, solvers.MatrixFree, "dimensions"),
        ({"dimensions": 7168}, {"tau": 0.0}, solvers.Cholesky, "whole"),
        ({"bytes": 10**10}, {}, solvers.MatrixFree, "memory"),
        ({}, {"max_products": 100}, solvers.MatrixFree, "products"),
        ({"images": 2}, {"max_products": 1000}, solvers.MatrixFree, "products"),
    ],
)
def test_the_solver_is_chosen_from_the_sizes_with_its_reason_as_data(sizes, options, solver, rule):
    chosen, (reason, *_) = choose(solvers.Auto(**options), Sizes(**{**SIZES, **sizes}), 3)
    assert isinstance(chosen, solver) and chosen.tau == options.get("tau", 1e-3)
    assert reason.rule == rule and reason.facts["dimensions"] == sizes.get("dimensions", 512)
    assert str(reason.facts["values" if rule == "few unwanted values" else "dimensions"]) in reason.sentence()


def test_too_few_products_for_any_solver_and_unknown_solvers(generator, region):
    with pytest.raises(UsageError, match="max_products=5 .*512 products"):
        choose(solvers.Auto(max_products=5), Sizes(**SIZES), 3)
    with pytest.raises(UsageError, match="fastest.*matrix-free"):
        resefa.discover(generator, generator.sample(0), region, solver="fastest")


@pytest.mark.parametrize(("space", "layers"), [("W", None), ("W+", None), ("W+", "1-2"), ("S", None)])
def test_products_alone_lead_to_the_directions_of_the_whole_jacobian(generator, region, space, layers):
    code = generator.sample([0, 1], "W")
    options = {"k": 3, "space": space, "layers": layers}
    dense = resefa.discover(generator, code, region, solver="cholesky", **options)
    free = resefa.discover(generator, code, region, solver="matrix-free", tolerance=1e-6, **options)
    assert free.certificate.solver == "matrix-free" and free.certificate.met
    # Of so small a tolerance the ridge is a part too: its trace is taken exactly.
    assert torch.allclose(free.eigenvalues, dense.eigenvalues, rtol=1e-4)
    assert torch.allclose(free.inside_rate, dense.inside_rate, rtol=0.05)
    cosines = (free.vectors * dense.vectors).sum(1).abs()
    assert (cosines > 0.99).all()


def test_a_second_region_on_the_image_spends_less(generator):
    SHARED_CACHE.clear()
    code = generator.sample(3, "W+")
    spent = []
    for left in (0.0, 0.5):
        where = resefa.Region.box(0.25, left, 0.5, 0.4, unit="fraction")
        found = resefa.discover(generator, code, where, solver="matrix-free", k=2)
        spent.append(found.certificate.products)
    assert spent[1] < spent[0]


def test_an_intermediate_image_gives_directions_of_the_whole_generator(generator, region):
    code, rows = generator.sample(0, "W"), generator.network.synthesis.intermediate_sizes[-2][0]
    found = resefa.discover(generator, code, region, k=2, analysis_resolution=rows, intermediate=True)
    plain = resefa.discover(generator, code, region, k=2, analysis_resolution=rows)
    assert "intermediate" in found.status and "area averaging" in plain.status
    assert found.provenance.resolution == generator.resolution and found.edit.shape == generator.resolution
    assert found.provenance.fingerprint == generator.fingerprint
    assert not torch.allclose(found.eigenvalues, plain.eigenvalues)
    assert resefa.edit(generator, code, found[0], strengths=[0, 1]).shape[-2:] == generator.resolution

"""A Jacobian that does not fit the memory is not kept, is said not to be, and gives the same directions."""

from __future__ import annotations

import re
from functools import cache

import pytest
import torch
from reference.problems import image_jacobian, jacobian_operator
from typer.testing import CliRunner

import resefa
from resefa.cli.main import app
from resefa.discovery.region_grams import RegionGrams
from resefa.errors import BudgetError, UsageError
from resefa.jacobian.streaming_plan import plan_for
from resefa.runtime.jacobian_cache import JacobianCache

ONCE = 3 * 64 * 64 * 100 * 4
SEEDS = [7, 8]
MIXING = torch.randn(100, 3 * 64 * 64, generator=torch.Generator().manual_seed(0)) / 10
REGION = resefa.Region.box(20, 20, 24, 16)


@pytest.fixture(scope="module")
def quick():
    """As large as the default generator, in one product: J outweighs its tangents by far."""
    return resefa.wrap(lambda z: (z @ MIXING).tanh().reshape(-1, 3, 64, 64), latent_shape=(100,))


@cache
def budget_for(generator, bands: int, images: int = 1) -> int:
    """The largest tried at which J is taken in so many bands, or by products (0)."""
    operator = jacobian_operator(generator, generator.sample(7))
    halves = [torch.ones(64, 64, dtype=torch.float64)] * 2
    for share in range(19, 0, -1):  # at 20 J itself fits
        try:
            budget = operator.per_tangent + ONCE * share // 20
            if plan_for(operator, halves, budget, itemsize=4, matrices=2 if images > 1 else 0).bands == bands:
                return budget
        except BudgetError:
            continue
    pytest.fail(f"no budget leads to {bands} bands")


@pytest.fixture(scope="module")
def wanted(quick):
    return resefa.discover(quick, quick.sample(SEEDS), REGION, k=4, solver="cholesky", cache=JacobianCache())


@pytest.mark.parametrize(("bands", "words"), [(2, "in 2 sweeps over bands"), (0, "by JVPs and VJPs")])
def test_the_same_directions_for_less_memory(quick, wanted, bands, words):
    said: list[str] = []
    told: list[tuple[int, int]] = []
    budget = budget_for(quick, bands, len(SEEDS))
    found = resefa.discover(
        quick, quick.sample(SEEDS), REGION, k=4, solver="cholesky", cache=JacobianCache(), memory=budget,
        announce=said.append, progress=lambda *at: told.append(at),
    )  # fmt: skip
    cosines = (found.vectors @ wanted.vectors.T).diagonal().abs()
    assert float(cosines.min()) > 1 - 1e-5
    assert torch.allclose(found.eigenvalues, wanted.eigenvalues, rtol=1e-4)
    assert torch.allclose(found.outside_rate, wanted.outside_rate, rtol=1e-4)
    products = 100 * (bands or 3)
    status = found.status
    assert words in status and "the Jacobian is not stored" in status
    assert ("asymmetry" in status) == (bands == 0)
    assert ("reverse mode" in found.provenance.jacobian) == (bands == 0)
    assert (
        len(said) == 1
        and said[0].startswith("2 images. For each: ")
        and f"{products} products with the Jacobian ({words}" in said[0]
    )
    assert "folder" in said[0] and told == sorted(told) and told[-1] == (2 * products, 2 * products)


def test_what_is_known_already_is_used(quick):
    cache, code = JacobianCache(), quick.sample(7)
    image_jacobian(quick, code, (64, 64), cache=cache)
    found = resefa.discover(quick, code, REGION, k=1, solver="cholesky", cache=cache, memory=budget_for(quick, 0))
    assert "not stored" not in found.status


def test_without_a_ridge_never_by_rounded_products(quick):
    options = {"k": 2, "tau": 0.0, "solver": "cholesky"}
    code, memory = quick.sample(7), budget_for(quick, 0)
    found = resefa.discover(quick, code, REGION, cache=JacobianCache(), memory=memory, **options)
    whole = resefa.discover(quick, code, REGION, cache=JacobianCache(), **options)
    assert "sweeps over bands" in found.status
    assert torch.allclose(found.eigenvalues, whole.eigenvalues, rtol=1e-3)


def test_woodbury_needs_the_rows_and_says_what_it_did(quick):
    with pytest.raises(UsageError, match="memory.* folder with cache"):
        resefa.discover(quick, quick.sample(7), REGION, solver="woodbury", cache=JacobianCache(), memory=ONCE)


def test_a_budget_too_small_even_for_that(quick):
    with pytest.raises(BudgetError, match="even without storing the Jacobian.* memory to at least"):
        resefa.discover(quick, quick.sample(7), REGION, solver="cholesky", cache=JacobianCache(), memory=4 * 10**5)


def test_sums_of_such_images_merge_travel_and_refuse_no_ridge(quick, wanted, tmp_path):
    memory = budget_for(quick, 0)
    short = RegionGrams.of(quick, quick.sample(SEEDS[0]), REGION, cache=JacobianCache(), memory=memory)
    whole = RegionGrams.of(quick, quick.sample(SEEDS[1]), REGION, cache=JacobianCache())
    assert not short.sums.exact and whole.sums.exact
    short.save(tmp_path / "short.safetensors")
    merged = RegionGrams.load(tmp_path / "short.safetensors", quick, REGION) + whole
    found = merged.directions(k=4)
    assert torch.allclose(found.eigenvalues, wanted.eigenvalues, rtol=1e-4)
    assert "by JVPs and VJPs" in found.status and not merged.sums.exact
    with pytest.raises(UsageError, match="exact=True"):
        merged.directions(tau=0)


@pytest.mark.parametrize(("method", "options"), [("lowrankgan", {"tolerance": 0.05}), ("jacobian-svd", {})])
def test_other_methods_have_it_too(quick, method, options):
    options |= {"memory": budget_for(quick, 0), "cache": JacobianCache()}
    found = resefa.discover(quick, quick.sample(7), REGION, k=2, method=method, **options)
    assert re.search(r"Gram matrices (by|in).*not stored", found.status)


def test_from_the_command_line(faces, tmp_path):
    budget = budget_for(faces, 0) / 2**30
    done = CliRunner().invoke(
        app,
        ["discover", "faces-dcgan", "--region", "mouth", "--solver", "cholesky", "--memory", f"{budget:.6f}", "-k", "2",
         "-o", str(tmp_path / "mouth.safetensors")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "products with the Jacobian" in done.stderr and "is not stored" in done.stderr
    assert "not stored" in resefa.Directions.load(tmp_path / "mouth.safetensors").status

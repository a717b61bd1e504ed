"""An image prepared once: any region after that costs no product with the network, and gives the whole problem's directions."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa.errors import SolverError
from resefa.jacobian.stacked import StackedOperator
from resefa.runtime.jacobian_cache import JacobianCache


@pytest.fixture
def counted(monkeypatch):
    """Products with the network, counted."""
    spent = []
    for name in ("apply", "adjoint"):
        original = getattr(StackedOperator, name)

        def product(self, rows, original=original):
            spent.append(len(rows))
            return original(self, rows)

        monkeypatch.setattr(StackedOperator, name, product)
    return spent


def test_every_region_is_that_of_the_whole_problem_and_the_second_is_free(faces, counted):
    code, cache, said = faces.sample(7), JacobianCache(), []
    options = {"k": 4, "solver": "prepared", "cache": cache, "tau": 0.01, "announce": said.append}
    found = {"mouth": resefa.discover(faces, code, "mouth", **options)}
    assert counted and found["mouth"].certificate.solver == "prepared"
    counted.clear()
    for region in ("eyes", "nose", "box:5,7,30,20"):
        found[region] = resefa.discover(faces, code, region, **options)
    assert counted == []
    assert len(said) == 1 and said[0].startswith("The image is prepared for all regions in rounds of 128 products")
    for region, directions in found.items():
        whole = resefa.discover(faces, code, region, k=4, tau=0.01, cache=JacobianCache())
        assert torch.allclose(directions.eigenvalues, whole.eigenvalues, rtol=0.02), region
        assert torch.allclose(directions.inside_rate, whole.inside_rate, rtol=0.05), region
        assert float((directions.vectors[0] @ whole.vectors[0]).abs()) > 0.99


def test_several_images_are_prepared_together(faces):
    codes = faces.sample(range(2))
    options = {"k": 2, "tau": 0.01}
    found = resefa.discover(faces, codes, "mouth", solver="prepared", cache=JacobianCache(), **options)
    whole = resefa.discover(faces, codes, "mouth", cache=JacobianCache(), **options)
    assert torch.allclose(found.eigenvalues, whole.eigenvalues, rtol=0.02)


def test_it_goes_on_in_another_process(faces, tmp_path, counted):
    """A new cache on the same folder stands for one."""
    options = {"k": 2, "solver": "prepared", "tau": 0.01}
    first = resefa.discover(faces, faces.sample(7), "mouth", cache=JacobianCache(folder=tmp_path), **options)
    spent = sum(counted)
    counted.clear()
    again = resefa.discover(faces, faces.sample(7), "mouth", cache=JacobianCache(folder=tmp_path), **options)
    assert sum(counted) == 64 < spent  # one round of probes that judges what the file held
    assert torch.allclose(again.eigenvalues, first.eigenvalues, rtol=0.02)


def test_a_search_after_it_is_certified_with_few_products(faces, tmp_path):
    options = {"k": 2, "tau": 0.01, "cache": JacobianCache(folder=tmp_path)}
    resefa.discover(faces, faces.sample(7), "mouth", solver="prepared", **options)
    found = resefa.discover(faces, faces.sample(7), "mouth", solver="matrix-free", **options)
    assert found.certificate.products < 40 and found.certificate.met


def test_too_little_memory_is_said(faces):
    found = resefa.discover(
        faces, faces.sample(7), "mouth", k=2, solver="prepared", cache=JacobianCache(), memory=4 * 2**20
    )
    assert found.certificate.searched < 100 and not found.certificate.met and "memory" in found.status


def test_without_a_ridge_there_is_no_preparing(faces):
    with pytest.raises(SolverError, match="above 0"):
        resefa.discover(faces, faces.sample(7), "mouth", solver="prepared", tau=0, cache=JacobianCache())

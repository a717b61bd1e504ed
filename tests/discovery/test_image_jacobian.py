"""What is kept of an analysis: half the room, searches in files, interruptions."""

from __future__ import annotations

import pytest
import torch
from reference.problems import image_jacobian

import resefa
from resefa.errors import GeneratorError, SolverError
from resefa.jacobian.operator import JacobianOperator
from resefa.runtime.jacobian_cache import JacobianCache


def test_half_precision_takes_half_the_room_and_gives_the_same_directions(faces):
    code, size = faces.sample(7), faces.resolution
    whole = image_jacobian(faces, code, size, cache=JacobianCache())
    half = image_jacobian(faces, code, size, cache=JacobianCache(), stored=torch.float16)
    assert half.matrix.nbytes * 2 == whole.matrix.nbytes and half.matrix.dtype == torch.float16
    a, b = (
        resefa.discover(faces, code, "mouth", k=3, cache=JacobianCache(), stored=stored)
        for stored in (None, torch.float16)
    )
    cosines = (a.vectors @ b.vectors.T).diagonal().abs()
    assert float(cosines.min()) > 0.99999
    assert torch.allclose(a.eigenvalues, b.eigenvalues, rtol=1e-3)


def test_one_precision_is_not_taken_for_another(faces, tmp_path):
    code, size = faces.sample(7), (8, 8)
    for stored in (None, torch.float16):
        kept = image_jacobian(faces, code, size, cache=JacobianCache(folder=tmp_path), stored=stored)
        assert kept.matrix.dtype == (stored or torch.float32)
    assert len(list(tmp_path.glob("*.safetensors"))) == 2


def test_a_derivative_beyond_half_precision_is_told():
    operator = JacobianOperator(lambda z: z * 1e6, torch.zeros(1, 4))
    with pytest.raises(GeneratorError, match="float16; .* float32"):
        operator.dense(into=torch.empty(4, 4, dtype=torch.float16))


def test_what_it_will_take_is_announced_once_and_not_for_what_is_kept(faces):
    said: list[str] = []
    cache = JacobianCache()
    for region in ("mouth", "eyes"):
        resefa.discover(faces, faces.sample(7), region, k=1, cache=cache, announce=said.append)
    assert len(said) == 1 and said[0].startswith("The Jacobian takes about") and "(100 columns" in said[0]


def test_a_search_goes_on_in_another_process(faces, tmp_path):
    """A new cache on the same folder stands for one: nothing of the first is in memory."""
    code = faces.sample(7)
    # At 1 % the probes that certify the ridge, drawn anew by each search, outweigh the rest on 100 dimensions.
    options = {"k": 3, "solver": "matrix-free", "tolerance": 0.02}
    first = resefa.discover(faces, code, "mouth", cache=JacobianCache(folder=tmp_path), **options)
    (file,) = tmp_path.glob("*.subspace.safetensors")
    again = resefa.discover(faces, code, "mouth", cache=JacobianCache(folder=tmp_path), **options)
    assert again.certificate.products < first.certificate.products / 2
    assert torch.allclose(again.eigenvalues, first.eigenvalues, rtol=0.02)
    file.write_bytes(b"damaged")
    anew = resefa.discover(faces, code, "mouth", cache=JacobianCache(folder=tmp_path), **options)
    assert torch.equal(anew.vectors, first.vectors)


def test_an_interrupted_search_is_kept(faces, tmp_path):
    code = faces.sample(7)

    def stop(done, total):
        raise KeyboardInterrupt

    options = {"k": 3, "solver": "matrix-free", "tolerance": 1e-4}
    with pytest.raises(KeyboardInterrupt):
        resefa.discover(faces, code, "mouth", cache=JacobianCache(folder=tmp_path), progress=stop, **options)
    resumed = resefa.discover(faces, code, "mouth", cache=JacobianCache(folder=tmp_path), **options)
    fresh = resefa.discover(faces, code, "mouth", cache=JacobianCache(), **options)
    assert resumed.certificate.products < fresh.certificate.products


def test_the_folder_of_searches_is_bounded(faces, tmp_path):
    cache = JacobianCache(folder=tmp_path, disk=10**6)
    for seed in range(2):
        resefa.discover(faces, faces.sample(seed), "mouth", k=2, solver="matrix-free", max_products=60, cache=cache)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10**6


def test_a_ridge_that_is_none_is_refused_before_the_jacobian(faces):
    said: list[str] = []
    with pytest.raises(SolverError, match="tau=-1"):
        resefa.discover(faces, faces.sample(7), "mouth", tau=-1, cache=JacobianCache(), announce=said.append)
    assert said == []

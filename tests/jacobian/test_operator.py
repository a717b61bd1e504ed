"""The operator's ways to J v, Gram identities, memory budgets and the cache."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.problems import image_jacobian

import resefa
from resefa.area_average import area_average
from resefa.jacobian.dense import ImageJacobian
from resefa.jacobian.operator import MODES
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.memory import chunk_size


def network(z: torch.Tensor) -> torch.Tensor:
    mixing = torch.linspace(-1, 1, 5 * 12, dtype=torch.float64).reshape(5, 12).sin()
    return (z @ mixing.to(z)).tanh().reshape(-1, 3, 2, 2)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk", [1, 2, 5, None])
def test_every_mode_and_chunk_gives_the_jacobian_of_autograd(mode, chunk):
    point = torch.linspace(-1, 1, 5, dtype=torch.float64)
    wanted = torch.autograd.functional.jacobian(lambda z: network(z[None]).flatten(), point)
    operator = resefa.JacobianOperator(network, point, mode=mode, chunk=chunk)
    assert torch.allclose(operator.dense(), wanted, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.integers(1, 7), st.integers(1, 7), st.integers(1, 5), st.integers(0, 10**6))
def test_foreground_and_background_make_the_whole(channels, height, width, n, seed):
    random = torch.Generator().manual_seed(seed)
    matrix = torch.randn(channels * height * width, n, generator=random)
    weights = torch.rand(height, width, generator=random).round(decimals=1)
    jacobian = ImageJacobian(matrix, (channels, height, width))
    both = jacobian.gram(weights) + jacobian.gram(1 - weights.double())
    assert torch.allclose(both.total, jacobian.whole.total, atol=1e-9)
    direct = matrix.double().T @ (matrix.double() * weights.double().flatten().repeat(channels)[:, None])
    assert torch.allclose(jacobian.gram(weights).total, direct, atol=1e-9)
    rows = jacobian.rows(weights)
    assert torch.allclose(rows.T @ rows, direct, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_area_averaging_keeps_the_mean_and_constants(height, width, rows, columns):
    images = torch.rand(2, 3, max(height, rows), max(width, columns), dtype=torch.float64)
    small = area_average(images, (min(height, rows), min(width, columns)))
    assert torch.allclose(small.mean((2, 3)), images.mean((2, 3)))


@given(st.integers(1, 1000), st.integers(1, 2**30), st.integers(1, 2**36))
def test_chunks_respect_the_budget(tangents, each, budget):
    chunk = chunk_size(tangents, each, budget, torch.device("cpu"))
    assert 1 <= chunk <= tangents and (chunk == 1 or chunk * each <= budget)


def test_a_jacobian_is_computed_once_kept_on_disk_and_never_trusted_when_damaged(faces, tmp_path, monkeypatch):
    code, size = faces.sample(3), (16, 16)
    first = image_jacobian(faces, code, size, cache=JacobianCache(folder=tmp_path))
    (file,) = tmp_path.glob("*.safetensors")
    with monkeypatch.context() as patch:
        patch.setattr(resefa.JacobianOperator, "dense", lambda *_: pytest.fail("computed twice"))
        cache = JacobianCache(folder=tmp_path)
        assert torch.equal(image_jacobian(faces, code, size, cache=cache).matrix, first.matrix)
    half = file.read_bytes()[:2000]
    file.unlink()  # the first one is a map of it
    file.write_bytes(half)
    again = image_jacobian(faces, code, size, cache=JacobianCache(folder=tmp_path))
    assert torch.equal(again.matrix, first.matrix)


def test_an_analysis_at_low_resolution_is_the_average_of_the_full_jacobian(faces):
    code = faces.sample(3)
    full = image_jacobian(faces, code, (64, 64), cache=JacobianCache()).matrix
    low = image_jacobian(faces, code, (16, 16), cache=JacobianCache()).matrix
    averaged = area_average(full.T.reshape(100, 3, 64, 64), (16, 16)).reshape(100, -1).T
    assert torch.allclose(low, averaged, atol=1e-5)


def test_the_disk_cache_lets_the_oldest_go_and_leaves_other_files_alone(faces, tmp_path):
    (tmp_path / "mine.safetensors").write_bytes(bytes(10))
    size = (8, 8)
    once = 3 * 8 * 8 * 100 * 4
    for seed in range(4):
        image_jacobian(faces, faces.sample(seed), size, cache=JacobianCache(folder=tmp_path, disk=int(2.5 * once)))
    kept = [path for path in tmp_path.iterdir() if path.name != "mine.safetensors"]
    assert len(kept) == 2 and (tmp_path / "mine.safetensors").exists()


def test_reverse_products_do_without_a_batching_rule():
    class Loop(torch.autograd.Function):
        """Its backward reads a number, which vmap cannot."""

        @staticmethod
        def forward(z):
            return z.sin()

        @staticmethod
        def setup_context(context, inputs, output):
            context.save_for_backward(inputs[0])

        @staticmethod
        def backward(context, gradient):
            (z,) = context.saved_tensors
            return gradient * z.cos() if gradient.abs().sum().item() >= 0 else gradient

        @staticmethod
        def jvp(context, tangent):
            raise NotImplementedError

    point = torch.linspace(-1, 1, 12, dtype=torch.float64)
    operator = resefa.JacobianOperator(lambda z: Loop.apply(z).reshape(-1, 3, 2, 2), point)
    assert torch.allclose(operator.adjoint(torch.eye(12, dtype=torch.float64)), point.cos().diag())

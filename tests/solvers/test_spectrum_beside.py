"""Eigenvalues on a thread of their own are LAPACK's, and foreign pointers are not called."""

from __future__ import annotations

import types

import pytest
import torch

from resefa.solvers import spectrum_beside as module
from resefa.solvers.spectrum_beside import spectrum_beside


@pytest.mark.parametrize("n", [1, 2, 31, 200])
def test_they_are_the_eigenvalues_and_the_matrix_stays(n):
    x = torch.randn(n, n, dtype=torch.float64, generator=torch.Generator().manual_seed(n))
    matrix = x + x.T
    kept = matrix.clone()
    waiting = [spectrum_beside(matrix), spectrum_beside(2 * matrix)]
    if None in waiting:
        pytest.skip("this SciPy has no such pointer")
    one, two = (wait() for wait in waiting)
    assert torch.allclose(one, torch.linalg.eigvalsh(matrix), atol=1e-12 * n)
    assert torch.allclose(two, 2 * one, atol=1e-12 * n)
    assert torch.equal(matrix, kept)


@pytest.mark.parametrize("pointers", [{}, {"dsyevd": None}])
def test_another_signature_is_not_called(monkeypatch, pointers):
    real = module.cython_lapack.__pyx_capi__
    found = {name: real["dsyev"] for name in pointers}  # another number of arguments
    monkeypatch.setattr(module, "cython_lapack", types.SimpleNamespace(__pyx_capi__=found))
    module._syevd.cache_clear()
    try:
        assert spectrum_beside(torch.eye(3, dtype=torch.float64)) is None
    finally:
        module._syevd.cache_clear()

"""Leading eigenvectors: the matrix itself and its products lead to the same."""

from __future__ import annotations

import torch

from resefa.solvers.eigenpairs import leading_eigenvectors


def test_leading_eigenvectors_by_products_are_those_of_the_matrix(monkeypatch):
    rows = torch.randn(60, 40, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    matrix = rows.T @ rows
    values, vectors = leading_eigenvectors(lambda v: v @ matrix, 40, 5)
    monkeypatch.setattr("resefa.solvers.eigenpairs.DENSE_DIMENSIONS", 10)
    again, others = leading_eigenvectors(lambda v: v @ matrix, 40, 5)
    assert torch.allclose(values, again) and torch.allclose(vectors, others, atol=1e-6)
    assert torch.allclose(vectors @ matrix, values[:, None] * vectors, atol=1e-9)
    assert len(leading_eigenvectors(lambda v: v @ matrix, 40, 50)[1]) == 40

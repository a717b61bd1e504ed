"""The whole Jacobian's directions are its right-singular vectors, by either way."""

from __future__ import annotations

import torch
from reference.lines import lines_apart
from reference.problems import image_jacobian, search


def test_whole_jacobian_is_the_svd_of_the_dense_one(style, region):
    code = style.sample(3, "W")
    found = search("jacobian-svd", ranked=False).find(style, code, region, k=4)
    right = torch.linalg.svd(image_jacobian(style, code, style.resolution).matrix, full_matrices=False).Vh
    assert lines_apart(found.vectors, right[:4]) < 1e-6


def test_products_alone_lead_to_the_same_singular_vectors(style, region, monkeypatch):
    code = style.sample(3, "W+")
    dense = search("jacobian-svd", ranked=False).find(style, code, region, k=3)
    for module in ("solvers.eigenpairs", "methods.jacobian_svd"):
        monkeypatch.setattr(f"resefa.{module}.DENSE_DIMENSIONS", 10)
    free = search("jacobian-svd", ranked=False, tolerance=1e-10).find(style, code, region, k=3)
    assert "JVPs" in free.provenance.solver and lines_apart(free.vectors, dense.vectors) < 1e-5

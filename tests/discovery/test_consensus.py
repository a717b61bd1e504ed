"""Leave-one-out transfer and the curve over the number of images, on images whose common direction is planted."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa.discovery.consensus import Consensus
from resefa.discovery.gram_sums import GramSums
from resefa.discovery.image_forms import RANK, ImageForm, compressed
from resefa.jacobian.gram_matrices import Gram
from resefa.solvers.cholesky import solve_cholesky

TAU = 1e-3


def planted(n, images, common, seed=0):
    """Forms whose best direction is ``common * e_0`` plus a part of the image's own, and the consensus direction."""
    random = torch.Generator().manual_seed(seed)
    forms, a_sum, b_sum = [], 0, 0
    for i in range(images):
        own = torch.nn.functional.normalize(torch.randn(n, generator=random, dtype=torch.float64), dim=0)
        best = common * torch.eye(n, dtype=torch.float64)[0] + (1 - common) * own
        rows = torch.randn(n // 2, n, generator=random, dtype=torch.float64)
        rows -= (
            (rows @ best)[:, None] * best / best.square().sum()
        )  # the outside does not move along the best direction
        a, b = torch.outer(best, best) + 1e-4 * torch.eye(n, dtype=torch.float64), 10**i * rows.T @ rows / n
        forms.append(ImageForm.of(GramSums([Gram(a, 1.0), Gram(b, 1.0)], "")))
        a_sum, b_sum = a_sum + a / a.trace(), b_sum + b / b.trace()
    return forms, solve_cholesky(a_sum, b_sum, k=2, tau=TAU).vectors


def test_images_that_agree_transfer_and_images_that_do_not_do_not():
    medians = []
    for common in (1.0, 0.9, 0.0):
        forms, vectors = planted(24, 5, common)
        first, _ = Consensus(forms, vectors, TAU, True).transfers()
        medians.append(first.median)
        assert len(first.scores) == 5 and first.images == (1, 2, 4) and len(first.curve) == 3
        assert first.worst == min(first.scores) and 0 <= first.worst <= first.median <= 1
    assert medians[0] > 0.999 > medians[1] > 3 * medians[2]


def test_the_score_of_two_images_is_that_of_each_others_direction():
    forms, vectors = planted(16, 2, 0.7)
    [first] = Consensus(forms, vectors[:1], TAU, True).transfers()
    expected = []
    for i in (0, 1):
        own, other = (solve_cholesky(f.inside, f.outside, k=1, tau=TAU) for f in (forms[i], forms[1 - i]))
        d, (a, b) = other.vectors[0], (forms[i].inside, forms[i].outside)
        expected.append(float(d @ a @ d / (d @ b @ d + TAU * b.trace()) / own.eigenvalues[0]))
    assert sorted(first.scores) == pytest.approx(sorted(expected), abs=2e-4)


def test_many_dimensions_are_stored_as_factors_and_give_the_same_scores(monkeypatch):
    forms, vectors = planted(48, 4, 0.8)
    exact = Consensus(forms, vectors, TAU, True).transfers()[0]
    monkeypatch.setattr("resefa.discovery.image_forms.WHOLE", 40)
    monkeypatch.setattr("resefa.discovery.image_forms.RANK", 44)
    small, _ = planted(48, 4, 0.8)
    assert small[0].outside.shape == (44, 48) and small[0].outside.dtype == torch.float32
    assert Consensus(small, vectors, TAU, True).transfers()[0].scores == pytest.approx(exact.scores, rel=0.02)


def test_a_factor_has_the_strongest_directions():
    spectrum = 0.97 ** torch.arange(600, dtype=torch.float64)
    basis = torch.linalg.qr(torch.randn(600, 600, generator=torch.Generator().manual_seed(0), dtype=torch.float64)).Q
    gram = (basis * spectrum) @ basis.T
    factor = compressed(gram)
    assert factor.shape == (RANK, 600)
    assert float((factor.double().T @ factor.double() - gram).norm() / gram.norm()) < 1e-3


@pytest.mark.parametrize("solver", ["cholesky", "woodbury", "matrix-free", "prepared"])
def test_every_solver_reports_the_transfer_of_several_images(style, region, solver, tmp_path):
    code = style.sample([0, 1, 2], "W")
    found = resefa.discover(style, code, region, k=2, solver=solver)
    first = found.facts[0].transfer
    assert len(first.scores) == 3 and first.images == (1, 2)
    assert any("transfer" in sentence for sentence in found.facts[0].sentences())
    found.save(tmp_path / "found.safetensors")
    assert resefa.Directions.load(tmp_path / "found.safetensors")[0].facts.transfer == first
    exact = resefa.discover(style, code, region, k=2, solver="cholesky")[0].facts.transfer
    assert first.median == pytest.approx(exact.median, abs=0.25 if solver in ("matrix-free", "prepared") else 1e-3)


def test_a_single_image_has_no_transfer(style, region):
    found = resefa.discover(style, style.sample([0], "W"), region, k=1)
    assert found.facts is None or found.facts[0].transfer is None

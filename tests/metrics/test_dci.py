"""DCI: the two ends that are known, the lasso's own optimality, and data that it refuses."""

from __future__ import annotations

import pytest
import torch

from resefa.errors import MetricError
from resefa.metrics.dci import disentanglement, lasso


def drawn(count: int, dimensions: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, dimensions, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_dimension_for_each_factor_is_perfect_also_scaled_shuffled_and_with_idle_dimensions():
    factors = drawn(800, 4)
    codes = torch.cat([factors[:, [2, 0, 3, 1]] * torch.tensor([5.0, -1, 0.1, 2]), drawn(800, 3, 1)], 1)
    found = disentanglement(codes, factors)
    assert found.disentanglement > 0.98 and found.completeness > 0.98 and found.informativeness < 0.02
    assert found.importance[:4].argmax(0).tolist() == [1, 3, 0, 2]


def test_factors_spread_over_all_dimensions_are_known_and_entangled():
    spread = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]).double() / 2
    found = disentanglement(drawn(800, 4) @ spread, drawn(800, 4))
    assert found.disentanglement < 0.1 and found.completeness < 0.1 and found.informativeness < 0.02


def test_codes_that_know_nothing_are_a_guess():
    assert disentanglement(drawn(800, 5), drawn(800, 3, 7)).informativeness == pytest.approx(1, abs=0.05)


def test_the_lasso_is_optimal():
    x, y = drawn(120, 9, 2), drawn(120, 3, 3) + drawn(120, 9, 2)[:, :3]
    weights = lasso(x, y, 0.1, torch.zeros(9, 3).double())
    slope = x.T @ (x @ weights - y) / len(x)
    penalty = (0.1 * (x.T @ y / len(x)).abs().amax(0)).expand(9, 3)
    on = weights != 0
    assert on.any() and (~on).any()
    assert torch.allclose(slope[on], -(penalty * weights.sign())[on], atol=1e-5)
    assert bool((slope.abs() <= penalty + 1e-5).all())


def test_odd_data_are_refused():
    good = drawn(100, 3)
    for codes, factors, words in (
        (good, drawn(99, 3), "expected"),
        (good, drawn(100, 1), "expected"),
        (good[:30], drawn(30, 2), "at least 10"),
        (good, torch.full((100, 2), float("nan")), "NaN"),
        (good, torch.stack([good[:, 0], torch.ones(100).double()], 1), "Factor 1 has a single value"),
    ):
        with pytest.raises(MetricError, match=words):
            disentanglement(codes, factors)

"""Kernel distance: the literal formula, its lack of bias, and its direction."""

from __future__ import annotations

import pytest
import torch

from resefa.errors import MetricError
from resefa.metrics.kernel import kernel_distance, kernel_name, squared_discrepancy


def drawn(count: int, seed: int, dimensions: int = 5) -> torch.Tensor:
    return torch.randn(count, dimensions, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def literal(x: torch.Tensor, y: torch.Tensor) -> float:
    def k(a: torch.Tensor, b: torch.Tensor) -> float:
        return (sum(float(p * q) for p, q in zip(a, b, strict=True)) / len(a) + 1) ** 3

    n, m = len(x), len(y)
    xx = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    yy = sum(k(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return xx + yy - 2 * sum(k(a, b) for a in x for b in y) / (n * m)


def test_is_the_literal_formula():
    x, y = drawn(7, 1), drawn(9, 2) + 0.5
    assert float(squared_discrepancy(x, y)) == pytest.approx(literal(x, y), rel=1e-12)
    found = kernel_distance(x, y[:7])
    assert found.mean == pytest.approx(literal(x, y[:7]), rel=1e-12) and (found.subsets, found.deviation) == (1, 0.0)


def test_subsets_hang_on_the_seed_alone():
    x, y = drawn(60, 1), drawn(50, 2) + 0.3
    before = torch.get_rng_state()
    found = kernel_distance(x, y, subsets=20, subset_size=25, seed=3)
    assert found == kernel_distance(x, y, subsets=20, subset_size=25, seed=3)
    assert found.mean != kernel_distance(x, y, subsets=20, subset_size=25, seed=4).mean
    assert found.deviation > 0 and torch.equal(before, torch.get_rng_state())


def test_has_no_bias_and_grows_with_the_shift():
    same = [kernel_distance(drawn(40, 2 * s), drawn(40, 2 * s + 1)).mean for s in range(200)]
    mean, error = torch.tensor(same).mean(), torch.tensor(same).std() / len(same) ** 0.5
    assert abs(float(mean)) < 4 * float(error) and min(same) < 0
    x, y = drawn(80, 900), drawn(80, 901)
    found = [kernel_distance(x, y + shift).mean for shift in (0, 0.3, 1)]
    assert found[0] < found[1] < found[2]


def test_odd_sizes_are_refused():
    with pytest.raises(MetricError, match="same extractor"):
        kernel_distance(drawn(5, 1), drawn(5, 1, dimensions=4))
    for size in (1, 6):
        with pytest.raises(MetricError, match=f"subsets of {size} .* 5 and 8 samples"):
            kernel_distance(drawn(5, 1), drawn(8, 2), subset_size=size)


def test_only_inception_gives_a_kid():
    assert kernel_name("Inception-v3 (FID)") == "KID"
    assert kernel_name("EfficientNet-Lite0") == "Kernel distance (EfficientNet-Lite0)"


def test_samples_of_one_group_are_not_compared_with_each_other():
    draw = torch.Generator().manual_seed(0)
    x, y = torch.randn(60, 4, generator=draw).double(), torch.randn(80, 4, generator=draw).double()
    repeated, groups = x.repeat(3, 1), torch.arange(60).repeat(3)
    assert torch.allclose(squared_discrepancy(repeated, y, groups), squared_discrepancy(x, y))
    assert squared_discrepancy(repeated, y) > squared_discrepancy(x, y) + 0.01

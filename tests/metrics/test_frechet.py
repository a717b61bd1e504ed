"""Frechet distance: the reference formula, closed forms, and the direction that it must point in."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import linalg

from resefa.errors import MetricError
from resefa.metrics.frechet import frechet_distance, frechet_distance_of_features, frechet_name
from resefa.metrics.moments import FeatureMoments


def moments(features: torch.Tensor) -> FeatureMoments:
    return FeatureMoments(features.shape[1]).update(features)


def drawn(count: int, dimensions: int, seed: int) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    mixing = torch.randn(dimensions, dimensions, generator=draw, dtype=torch.float64)
    return (torch.randn(count, dimensions, generator=draw, dtype=torch.float64) @ mixing).relu()


def by_square_root(x: np.ndarray, y: np.ndarray) -> float:
    """The formula as the field's code has it."""
    s1, s2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = linalg.sqrtm(s1 @ s2).real
    return float(((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * np.trace(root))


@pytest.mark.parametrize(("dimensions", "count"), [(4, 30), (32, 200), (96, 300)])
def test_agrees_with_the_reference_formula(dimensions, count):
    x, y = drawn(count, dimensions, 1), drawn(count + 11, dimensions, 2) * 1.3 + 0.2
    wanted = by_square_root(x.numpy(), y.numpy())
    assert frechet_distance(moments(x), moments(y)) == pytest.approx(wanted, rel=1e-9)


def test_of_two_lines_is_the_closed_form():
    x, y = drawn(40, 1, 3) + 1, drawn(50, 1, 4) * 5
    wanted = (x.mean() - y.mean()) ** 2 + (x.std() - y.std()) ** 2
    assert frechet_distance(moments(x), moments(y)) == pytest.approx(float(wanted), rel=1e-12)


def test_equal_sets_are_at_zero_also_where_the_covariance_is_singular():
    x = drawn(20, 64, 5)
    scale = float(moments(x).covariance.trace())
    assert frechet_distance(moments(x), moments(x.flip(0)), allow_singular=True) < 1e-12 * scale


def test_symmetric_and_grows_with_noise():
    x = drawn(300, 16, 6)
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    found = [frechet_distance(moments(x), moments(x + level * noise)) for level in (0, 0.3, 1, 3)]
    assert found[0] < 1e-10 and found[0] < found[1] < found[2] < found[3]
    assert frechet_distance(moments(x + noise), moments(x)) == pytest.approx(found[2], rel=1e-10)


def test_a_constant_feature_harms_nothing():
    x, y = drawn(50, 8, 8), drawn(60, 8, 9)
    wanted = frechet_distance(moments(x), moments(y))
    wide = [moments(torch.cat([v, torch.full((len(v), 1), 7.0).double()], 1)) for v in (x, y)]
    assert frechet_distance(*wide) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(("dimensions", "counts"), [(24, (100, 130)), (64, (20, 30))])
def test_from_features_it_is_the_same(dimensions, counts):
    x, y = drawn(counts[0], dimensions, 1), drawn(counts[1], dimensions, 2) + 0.1
    wanted = frechet_distance(moments(x), moments(y), allow_singular=True)
    assert frechet_distance_of_features(x, y, allow_singular=True) == pytest.approx(wanted, rel=1e-9)
    assert frechet_distance_of_features(x, x.flip(0), allow_singular=True) < 1e-12 * wanted


def test_features_that_have_no_distance_are_refused():
    x = drawn(20, 30, 1)
    for other, words in ((x[:, :9], "same extractor"), (x * float("nan"), "NaN"), (x[:1], "at least 2")):
        with pytest.raises(MetricError, match=words):
            frechet_distance_of_features(x, other, allow_singular=True)
    with pytest.raises(MetricError, match="at least 31"):
        frechet_distance_of_features(x, x)


def test_too_few_samples_and_unlike_extractors_are_refused():
    x = moments(drawn(10, 16, 1))
    with pytest.raises(MetricError, match="at least 17"):
        frechet_distance(x, moments(drawn(40, 16, 2)))
    assert frechet_distance(x, moments(drawn(40, 16, 2)), allow_singular=True) > 0
    with pytest.raises(MetricError, match="same extractor"):
        frechet_distance(x, FeatureMoments(16, "another"))


def test_only_inception_gives_a_fid():
    assert frechet_name("Inception-v3 (FID)") == "FID"
    assert frechet_name("EfficientNet-Lite0") == "Frechet distance (EfficientNet-Lite0)"

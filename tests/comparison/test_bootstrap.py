"""Intervals hold what they should, and are those of the seed."""

from __future__ import annotations

import numpy as np
import pytest

from resefa.comparison.bootstrap import estimate
from resefa.errors import UsageError


def test_the_interval_holds_the_median_about_as_often_as_it_says():
    draw = np.random.default_rng(0)
    hits = 0
    for i in range(200):
        found = estimate(draw.exponential(size=40), seed=i, resamples=400)
        hits += found.low <= np.log(2) <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_of_the_mean_it_is_that_of_the_normal_distribution():
    values = np.random.default_rng(1).normal(3, 2, 400)
    found = estimate(values, statistic=np.mean, resamples=4000)
    half = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == (
        pytest.approx(values.mean() - half, abs=0.03),
        pytest.approx(values.mean() + half, abs=0.03),
    )


def test_one_seed_one_interval():
    values = [0.1, 0.5, 0.2, 0.9, 0.4, 0.3]
    assert estimate(values, seed=3) == estimate(values, seed=3)


def test_of_fewer_than_six_images_there_is_no_interval():
    """Five values enclose the median with a probability of 1 - 2 / 2^5 = 0.9375 at most."""
    five, six = estimate([1.0, 2.0, 3.0, 4.0, 5.0]), estimate([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert (five.value, five.low, five.high, five.count) == (3.0, None, None, 5)
    assert six.low is not None and six.high is not None and six.low < six.value < six.high


@pytest.mark.parametrize("values", [[], [float("nan")]])
def test_no_values_are_one_sentence(values):
    with pytest.raises(UsageError, match="finite number per image"):
        estimate(values)
